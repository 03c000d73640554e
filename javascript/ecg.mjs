// ecg.mjs - libecg in a browser or in Node.js: who a recording belongs to, from the same model file as everywhere.
//
//   const library = await Library.load(bytes);         // of ecg.wasm: Scripts/build-device build/wasm wasm32
//   const model = library.model(modelBytes);           // of a file that ecgid train wrote
//   const { person, probability } = model.identify(samples, 500);
//
// Nothing leaves the machine: the module imports nothing, so it can neither fetch nor store.

/** Bytes to which libecg wants its memory aligned: ECG_ALIGNMENT. */
const ALIGNMENT = 64;
const ERROR_NO_OUTLIER_REFERENCE = -23;

/** What libecg reports, with its number as `status` and its text. */
export class EcgError extends Error {
  constructor(status, text) {
    super(text);
    this.name = "EcgError";
    this.status = status;
  }
}

/** An instance of libecg, with memory of its own that everything made by it lies in. */
export class Library {
  /** Takes the bytes of ecg.wasm, or a WebAssembly.Module. */
  static async load(source) {
    const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
    return new Library((await WebAssembly.instantiate(module, {})).exports);
  }

  constructor(functions) {
    /** The functions of ecg.h; pointers and sizes are numbers, places in `memory`. */
    this.functions = functions;
    this.free = functions.__heap_base.value;
    this.version = this.text(functions.ecg_version());
  }

  /** Makes a model from the bytes of a weights file. Throws EcgError. */
  model(bytes) {
    return new Model(this, bytes);
  }

  /** A place for `size` bytes; the memory grows as it must. */
  take(size) {
    const start = Math.ceil(this.free / ALIGNMENT) * ALIGNMENT;
    const missing = start + size - this.functions.memory.buffer.byteLength;
    if (missing > 0) this.functions.memory.grow(Math.ceil(missing / 65536));
    this.free = start + size;
    return start;
  }

  /** Runs `body` and then gives back what it took. */
  briefly(body) {
    const free = this.free;
    try {
      return body();
    } finally {
      this.free = free;
    }
  }

  /** `count` values at a place, as `Kind` (Float32Array, …). The memory may move: keep no view across another call. */
  view(Kind, place, count) {
    return new Kind(this.functions.memory.buffer, place, count);
  }

  /** A zeroed struct of `size` bytes that begins with its struct_size. */
  struct(size) {
    const place = this.take(size);
    this.view(Uint8Array, place, size).fill(0);
    this.view(Uint32Array, place, 1)[0] = size;
    return place;
  }

  number(place) {
    return this.view(Uint32Array, place, 1)[0];
  }

  float(place) {
    return this.view(Float32Array, place, 1)[0];
  }

  text(place) {
    const bytes = new Uint8Array(this.functions.memory.buffer);
    return new TextDecoder().decode(bytes.slice(place, bytes.indexOf(0, place)));
  }

  check(status) {
    if (status !== 0) throw new EcgError(status, this.text(this.functions.ecg_status_string(status)));
  }
}

/** The people in one weights file. */
export class Model {
  constructor(library, bytes) {
    this.library = library;
    const { functions } = library;
    const file = library.take(bytes.byteLength);
    library.view(Uint8Array, file, bytes.byteLength).set(bytes);
    const result = library.take(8);
    library.check(functions.ecg_model_size(file, bytes.byteLength, result));
    const size = library.number(result);
    const memory = library.take(size);
    library.check(functions.ecg_model_init(file, bytes.byteLength, memory, size, result));
    this.handle = library.number(result);
    library.briefly(() => {
      const info = library.struct(40);
      library.check(functions.ecg_model_describe(this.handle, info));
      const [people, beatLength] = library.view(Uint32Array, info + 8, 2);
      /** Samples in one beat. */
      this.beatLength = beatLength;
      /** Hz: what recordings are resampled to. */
      this.samplingRate = library.view(Float64Array, info + 16, 1)[0];
      this.labels = Array.from({ length: people }, (_, person) =>
        library.text(functions.ecg_model_label(this.handle, person)));
    });
  }

  /** Checks the file's digest, and that the network computes here what it computed where it was made. */
  verify() {
    this.library.briefly(() => this.library.check(this.library.functions.ecg_session_verify(this.session(1, this.samplingRate))));
  }

  /**
   * Names the person one lead belongs to: `samples` in millivolts (NaN where missing) at `rate` Hz.
   *
   * Gives { person (null for nobody the model knows), mostLike, probability, probabilities, beats, quality, outlier };
   * outlier is { isOutlier, score, threshold }, or null when the model carries no outlier reference. Throws EcgError,
   * also for a signal that nothing can be said of.
   */
  identify(samples, rate) {
    return this.library.briefly(() => {
      const { library } = this;
      const { functions } = library;
      const session = this.session(samples.length / rate, rate);
      const signal = library.take(4 * samples.length);
      library.view(Float32Array, signal, samples.length).set(samples);

      const capacity = functions.ecg_session_beat_capacity(session);
      const beats = library.take(4 * capacity * this.beatLength);
      const result = library.take(8);
      const report = library.struct(56);
      library.check(functions.ecg_preprocess(
        session, signal, samples.length, rate, beats, capacity, 0, result, report));
      const count = library.number(result);

      const identity = library.struct(12);
      const probabilities = library.take(4 * this.labels.length);
      library.check(functions.ecg_identify(session, beats, count, identity, probabilities));
      const outlier = this.outlier(session, beats, count);
      const mostLike = this.labels[library.number(identity + 4)];
      return {
        person: outlier?.isOutlier ? null : mostLike,
        mostLike,
        probability: library.float(identity + 8),
        probabilities: Array.from(library.view(Float32Array, probabilities, this.labels.length)),
        beats: count,
        quality: library.float(report + 48),
        outlier,
      };
    });
  }

  outlier(session, beats, count) {
    const { library } = this;
    const outlier = library.struct(16);
    const status = library.functions.ecg_outlier_score(session, beats, count, outlier);
    if (status === ERROR_NO_OUTLIER_REFERENCE) return null;
    library.check(status);
    return {
      isOutlier: library.number(outlier + 4) === 1,
      score: library.float(outlier + 8),
      threshold: library.float(outlier + 12),
    };
  }

  session(seconds, rate) {
    const { library } = this;
    const result = library.take(8);
    library.check(library.functions.ecg_session_size(this.handle, seconds, rate, result));
    const size = library.number(result);
    const memory = library.take(size);
    library.check(library.functions.ecg_session_init(this.handle, seconds, rate, memory, size, result));
    return library.number(result);
  }
}
