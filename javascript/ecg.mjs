// ecg.mjs - libecg in a browser or in Node.js: who a recording belongs to, from the same model file as everywhere.
//
//   const library = await Library.load(bytes);         // of ecg.wasm: Scripts/build-device build/wasm wasm32
//   const model = library.model(modelBytes);           // of a file that ecgid train wrote
//   const { person, probability } = model.identify(samples, 500);
//
//   const gallery = new Gallery(model);                // people whom the model was not trained on
//   gallery.enrol("Ada", samples, 500);
//   gallery.identify(otherSamples, 500).person;
//
//   const stream = new Stream(model, 250);             // samples as they come, in fixed memory
//   for (const event of stream.push(samples)) console.log(event.position, event.person, event.probability);
//
// Nothing leaves the machine: the module imports nothing, so it can neither fetch nor store.

/** Bytes to which libecg wants its memory aligned: ECG_ALIGNMENT. */
const ALIGNMENT = 64;
const ERROR_NO_BEATS = -7;
const ERROR_NO_OUTLIER_REFERENCE = -23;
const [EVENT_NONE, EVENT_BEAT] = [0, 1];
const LONGEST_GAP = 2n ** 63n; // more than libecg takes
const VERDICTS = ["not sure", "accepted", "rejected"];

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
    /** Blocks below `free` that were given back, as [start, size]. */
    this.unused = [];
    this.version = this.text(functions.ecg_version());
  }

  /** Makes a model from the bytes of a weights file. Throws EcgError. */
  model(bytes) {
    return new Model(this, bytes);
  }

  /** A place for `size` bytes; the memory grows as it must. */
  take(size) {
    const start = aligned(this.free);
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

  /** A place that lasts until it is given back; not within `briefly`. */
  keep(size) {
    size = aligned(size);
    const index = this.unused.findIndex((block) => block[1] >= size);
    if (index < 0) return this.take(size);
    const block = this.unused[index];
    const [start] = block;
    block[0] += size;
    block[1] -= size;
    if (block[1] === 0) this.unused.splice(index, 1);
    return start;
  }

  /** Overwrites what `keep` gave with zeros and lets others have it; not within `briefly`. */
  giveBack(start, size) {
    size = aligned(size);
    this.view(Uint8Array, start, size).fill(0);
    const blocks = [...this.unused, [start, size]].sort((one, other) => one[0] - other[0]);
    this.unused = [];
    for (const block of blocks) {
      const last = this.unused.at(-1);
      if (last && last[0] + last[1] === block[0]) last[1] += block[1];
      else this.unused.push(block);
    }
    const last = this.unused.at(-1);
    if (last[0] + last[1] >= this.free) this.free = this.unused.pop()[0];
  }

  /** `count` values at a place, as `Kind` (Float32Array, …). The memory may move: keep no view across another call. */
  view(Kind, place, count) {
    return new Kind(this.functions.memory.buffer, place, count);
  }

  /** Fills a place with zeros, and with a struct's size at its beginning. */
  clear(place, size) {
    this.view(Uint8Array, place, size).fill(0);
    this.view(Uint32Array, place, 1)[0] = size;
    return place;
  }

  /** A zeroed struct of `size` bytes that begins with its struct_size. */
  struct(size) {
    return this.clear(this.take(size), size);
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

  /** A place with a text and its final zero. */
  string(text) {
    const bytes = new TextEncoder().encode(text);
    if (bytes.includes(0)) throw new RangeError("a text with a zero in it");
    const place = this.take(bytes.length + 1);
    const target = this.view(Uint8Array, place, bytes.length + 1);
    target.set(bytes);
    target[bytes.length] = 0;
    return place;
  }

  /** A place with `values`, as floats. */
  floats(values) {
    const place = this.take(4 * values.length);
    this.view(Float32Array, place, values.length).set(values);
    return place;
  }

  check(status) {
    if (status !== 0) throw new EcgError(status, this.text(this.functions.ecg_status_string(status)));
  }
}

function aligned(place) {
  return Math.ceil(place / ALIGNMENT) * ALIGNMENT;
}

/** Something in a library's memory until it is closed: by `close`, or at the end of a block that says `using`. */
class Closing {
  constructor(library, size) {
    this.library = library;
    this.size = size;
    this.place = library.keep(size);
    this.isOpen = true;
  }

  /** Runs what makes the object; its memory is given back when that throws. */
  make(body) {
    try {
      body();
    } catch (error) {
      Closing.prototype.close.call(this);
      throw error;
    }
  }

  /** Overwrites its memory and gives it back; it is of no use afterwards. */
  close() {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.library.giveBack(this.place, this.size);
  }

  /** What libecg calls it by. Throws Error when it is closed, or its model is. */
  get handle() {
    this.model?.handle;
    if (!this.isOpen) throw new Error(`this ${this.constructor.name.toLowerCase()} is closed`);
    return this.pointer;
  }
}
if (Symbol.dispose) {
  Closing.prototype[Symbol.dispose] = function () {
    this.close();
  };
}

/** The people in one weights file. */
export class Model extends Closing {
  constructor(library, bytes) {
    const { functions } = library;
    const size = library.briefly(() => {
      const file = library.take(bytes.byteLength);
      library.view(Uint8Array, file, bytes.byteLength).set(bytes);
      const result = library.take(8);
      library.check(functions.ecg_model_size(file, bytes.byteLength, result));
      return library.number(result);
    });
    const start = aligned(bytes.byteLength);
    super(library, start + size);
    this.make(() => library.briefly(() => {
      library.view(Uint8Array, this.place, bytes.byteLength).set(bytes);
      const result = library.take(8);
      library.check(functions.ecg_model_init(this.place, bytes.byteLength, this.place + start, size, result));
      this.pointer = library.number(result);
      const info = library.struct(56);
      library.check(functions.ecg_model_describe(this.pointer, info));
      const [people, beatLength] = library.view(Uint32Array, info + 8, 2);
      /** Samples in one beat. */
      this.beatLength = beatLength;
      /** Hz: what recordings are resampled to. */
      this.samplingRate = library.view(Float64Array, info + 16, 1)[0];
      /** Those whom it names by itself; none when it serves galleries alone. */
      this.labels = Array.from({ length: people }, (_, person) =>
        library.text(functions.ecg_model_label(this.pointer, person)));
      /** People that verification was calibrated on; 0: it was not, and galleries promise nothing. */
      this.calibrationPeople = library.number(info + 44);
      /** What galleries promise then. */
      this.falseAcceptanceRate = library.view(Float64Array, info + 48, 1)[0];
    }));
  }

  /** Checks the file's digest, and that the network computes here what it computed where it was made. */
  verify() {
    this.library.briefly(() => this.library.check(this.library.functions.ecg_session_verify(this.session())));
  }

  /**
   * The beats of one lead: `samples` in millivolts (NaN where missing) at `rate` Hz.
   *
   * Gives { values: a Float32Array of unit length for each beat, rPeaks (in samples), qualities, quality }. Throws EcgError, also
   * for a signal that nothing can be said of.
   */
  preprocess(samples, rate) {
    return this.library.briefly(() => {
      const found = this.found(samples, rate);
      const { library, beatLength } = this;
      const values = library.view(Float32Array, found.beats, found.count * beatLength);
      return {
        values: Array.from({ length: found.count }, (_, beat) => values.slice(beat * beatLength, (beat + 1) * beatLength)),
        rPeaks: Array.from(library.view(Uint32Array, found.peaks, found.count)),
        qualities: found.qualities,
        quality: found.quality,
      };
    });
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
      const { session, beats, count, quality } = this.found(samples, rate);
      const identity = library.struct(12);
      const probabilities = library.take(4 * this.labels.length);
      const outlier = library.struct(16);
      let status = functions.ecg_recognise(session, beats, count, identity, probabilities, outlier);
      const tellsStrangers = status !== ERROR_NO_OUTLIER_REFERENCE;
      if (!tellsStrangers) status = functions.ecg_identify(session, beats, count, identity, probabilities);
      library.check(status);
      const isOutlier = tellsStrangers && library.number(outlier + 4) === 1;
      const mostLike = this.labels[library.number(identity + 4)];
      return {
        person: isOutlier ? null : mostLike,
        mostLike,
        probability: library.float(identity + 8),
        probabilities: Array.from(library.view(Float32Array, probabilities, this.labels.length)),
        beats: count,
        quality,
        outlier: tellsStrangers
          ? { isOutlier, score: library.float(outlier + 8), threshold: library.float(outlier + 12) } : null,
      };
    });
  }

  /** A recording's beats, in memory taken `briefly`. */
  found(samples, rate) {
    const { library } = this;
    const { functions } = library;
    const session = this.session(samples.length / rate, rate);
    const signal = library.floats(samples);
    const capacity = functions.ecg_session_beat_capacity(session);
    const beats = library.take(4 * capacity * this.beatLength);
    const peaks = library.take(4 * capacity);
    const result = library.take(8);
    const report = library.struct(56);
    library.check(functions.ecg_preprocess(
      session, signal, samples.length, rate, beats, capacity, peaks, result, report));
    const count = library.number(result);
    const qualities = library.take(4 * count);
    library.check(functions.ecg_beat_quality(session, qualities, count));
    return {
      session, beats, count, peaks,
      qualities: Array.from(library.view(Float32Array, qualities, count)),
      quality: library.float(report + 48),
    };
  }

  /** A session in memory taken `briefly`; for beats alone, any will do. */
  session(seconds = 1, rate = this.samplingRate) {
    const { library } = this;
    const result = library.take(8);
    library.check(library.functions.ecg_session_size(this.handle, seconds, rate, result));
    const size = library.number(result);
    const memory = library.take(size);
    library.check(library.functions.ecg_session_init(this.handle, seconds, rate, memory, size, result));
    return library.number(result);
  }
}

/**
 * People whom the model was not trained on, recognised by templates of their heartbeat.
 *
 *   const gallery = new Gallery(model);
 *   gallery.enrol("Ada", samples, 500);
 *   const match = gallery.identify(otherSamples, 500);
 *   if (match.verdict === "accepted") console.log(match.person);
 *   const bytes = gallery.toBytes();                   // later: Gallery.fromBytes(model, bytes)
 *
 * A match is { verdict ("accepted", "rejected", or "not sure": more beats may tell, or the model is not calibrated for so many
 * templates), person (who was accepted, or null), mostLike (whose template is the most similar, or null when there is none),
 * score (its cosine with the probe), threshold (scores from here on are accepted; above 1: none is), falseAcceptanceProbability
 * (how often somebody who is none of those compared reaches this, at most), beats (that the probe was made from), templates
 * (that were compared) }. ecg.h says exactly what each promises.
 *
 * A person may be enrolled several times, from recordings of several days. Templates change on request only, and are overwritten
 * when they are removed or the gallery is closed. The model must stay open. Every method throws EcgError, with status -27 for a
 * person who is not there.
 */
export class Gallery extends Closing {
  /** Makes an empty gallery with room for `capacity` templates. */
  constructor(model, capacity = 1000) {
    if (!(Number.isInteger(capacity) && capacity > 0 && capacity < 2 ** 31)) {
      throw new RangeError(`a gallery with room for ${capacity} templates`);
    }
    const { library } = model;
    const { functions } = library;
    const size = library.briefly(() => {
      const result = library.take(8);
      library.check(functions.ecg_gallery_size(model.handle, capacity, result));
      return library.number(result);
    });
    super(library, size);
    this.model = model;
    /** Templates that there is room for. */
    this.capacity = capacity;
    this.make(() => library.briefly(() => {
      const result = library.take(8);
      library.check(functions.ecg_gallery_init(model.handle, capacity, this.place, size, result));
      this.pointer = library.number(result);
    }));
  }

  /** A gallery of what `toBytes` gave, with room for `capacity` templates or, if those are more, for all of them. */
  static fromBytes(model, bytes, capacity = 1000) {
    const { library } = model;
    const { functions } = library;
    const within = (body) => library.briefly(() => {
      const place = library.take(bytes.byteLength);
      library.view(Uint8Array, place, bytes.byteLength).set(bytes);
      try {
        return body(place, library.take(8));
      } finally {
        library.view(Uint8Array, place, bytes.byteLength).fill(0);
      }
    });
    const count = within((place, result) => {
      library.check(functions.ecg_gallery_saved_count(place, bytes.byteLength, result));
      return library.number(result);
    });
    const gallery = new Gallery(model, Math.max(capacity, count));
    try {
      within((place) => library.check(functions.ecg_gallery_load(gallery.handle, place, bytes.byteLength)));
    } catch (error) {
      gallery.close();
      throw error;
    }
    return gallery;
  }

  /** The gallery as libecg keeps it, a Uint8Array: not encrypted. */
  toBytes() {
    const { library } = this;
    return library.briefly(() => {
      const result = library.take(8);
      library.check(library.functions.ecg_gallery_save(this.handle, 0, 0, result));
      const size = library.number(result);
      const place = library.take(size);
      library.check(library.functions.ecg_gallery_save(this.handle, place, size, result));
      const bytes = library.view(Uint8Array, place, size).slice();
      library.view(Uint8Array, place, size).fill(0);
      return bytes;
    });
  }

  /** Adds a template of `person` from one lead, in millivolts at `rate` Hz; gives how many beats it was made of. */
  enrol(person, samples, rate) {
    const { values } = this.model.preprocess(samples, rate);
    this.enrolBeats(person, values);
    return values.length;
  }

  /** The same from the `values` of beats of one recording, as `Model.preprocess` and a stream's events have them. */
  enrolBeats(person, values) {
    const { library } = this;
    library.briefly(() => library.check(library.functions.ecg_gallery_enrol(
      this.handle, this.model.session(), library.string(person), this.beats(values), values.length)));
  }

  /** Removes a person and overwrites their templates. */
  remove(person) {
    const { library } = this;
    library.briefly(() => library.check(library.functions.ecg_gallery_remove(this.handle, library.string(person))));
  }

  /** Templates, of all people. */
  get length() {
    const { library } = this;
    return library.briefly(() => {
      const result = library.take(8);
      library.check(library.functions.ecg_gallery_count(this.handle, result, 0));
      return library.number(result);
    });
  }

  /** Who is enrolled: a Map to the numbers of beats of each template. */
  get people() {
    const { library, length } = this;
    return library.briefly(() => {
      const found = new Map();
      const result = library.take(8);
      for (let index = 0; index < length; index++) {
        const person = library.text(library.functions.ecg_gallery_person(this.handle, index, result));
        found.set(person, [...(found.get(person) ?? []), library.number(result)]);
      }
      return found;
    });
  }

  /** Who is it, if anybody: one lead in millivolts at `rate` Hz, compared with everybody enrolled. */
  identify(samples, rate) {
    return this.identifyBeats(this.model.preprocess(samples, rate).values);
  }

  identifyBeats(values) {
    return this.compare(values, (session, ...rest) =>
      this.library.functions.ecg_gallery_identify(session, this.handle, ...rest));
  }

  /** Is it `person`? */
  verify(person, samples, rate) {
    return this.verifyBeats(person, this.model.preprocess(samples, rate).values);
  }

  verifyBeats(person, values) {
    return this.compare(values, (session, ...rest) =>
      this.library.functions.ecg_verify(session, this.handle, this.library.string(person), ...rest));
  }

  /** Overwrites the gallery and gives its memory back; it is of no use afterwards. */
  close() {
    if (this.isOpen) this.library.functions.ecg_gallery_close(this.pointer);
    super.close();
  }

  compare(values, call) {
    const { library } = this;
    return library.briefly(() => {
      const match = library.struct(MATCH);
      library.check(call(this.model.session(), this.beats(values), values.length, match));
      return this.match(match);
    });
  }

  /** Beats in memory taken `briefly`. */
  beats(values) {
    const { library, model } = this;
    if (!values.every((beat) => beat.length === model.beatLength)) {
      throw new RangeError(`a beat of this model has ${model.beatLength} values`);
    }
    const place = library.take(4 * values.length * model.beatLength);
    values.forEach((beat, index) =>
      library.view(Float32Array, place + 4 * index * model.beatLength, model.beatLength).set(beat));
    return place;
  }

  /** What an ecg_match says, of the gallery as it is now. */
  match(place) {
    const { library } = this;
    const person = library.text(place + 8) || null;
    const index = library.view(Int32Array, place + 56, 1)[0];
    const mostLike = index < 0 ? 0 : library.functions.ecg_gallery_person(this.handle, index, 0);
    return {
      verdict: VERDICTS[library.number(place + 4)],
      person,
      mostLike: person ?? (mostLike === 0 ? null : library.text(mostLike)),
      score: library.float(place + 60),
      threshold: library.float(place + 64),
      falseAcceptanceProbability: library.float(place + 68),
      beats: library.number(place + 72),
      templates: library.number(place + 76),
    };
  }
}
const MATCH = 80;

/**
 * Recognises a person in samples as they come, in fixed memory: after it was made, nothing grows.
 *
 * Each second the last `window` seconds are judged as `Model.preprocess` judges a recording of just those samples. A beat is told
 * once `lookahead` seconds have followed it, and the last `beats` usable ones decide together. The events do not depend on the
 * pieces that the signal comes in. ecg.h has the whole contract.
 *
 *   const stream = new Stream(model, 250);
 *   for (const event of stream.push(samples)) console.log(event.position, event.person, event.probability, event.beats);
 *
 * With a gallery, `match` of each event says who of the people enrolled it is, if anybody: as soon as the promise is met.
 *
 *   stream.setGallery(gallery);
 *   … if (event.match.verdict === "accepted") console.log(event.match.person);
 *
 * An event is { kind ("beat", or "signal": it turned good or bad, or the identity starts anew), position (of the R peak, or behind
 * the last sample judged; in samples since the start), quality (0 useless … 1 perfect), fault (why the beat is left out, or what
 * spoils the signal; null when it is good), signal (why nothing can be told of the last seconds; null when it can), beats (how many
 * decide), person (null for somebody the model does not know, and while no beat decides), mostLike, probability, isOutlier (null
 * when it cannot be told), outlierScore, values (a usable beat as Model.preprocess gives it, or null), match (null without a
 * gallery) }.
 */
export class Stream extends Closing {
  /** `options` may have beats, window, interval and lookahead, the latter in seconds; the others are the library's defaults. */
  constructor(model, rate, options = {}) {
    const { library } = model;
    const { functions } = library;
    const { beats = 0, window = 0, interval = 0, lookahead = 0, ...others } = options;
    for (const [name, value] of Object.entries(options)) {
      const isWhole = name !== "beats" || Number.isInteger(value);
      if (name in others || !(value === undefined || (value > 0 && isWhole))) {
        throw new RangeError(`${name}: ${value} is no option of a stream`);
      }
    }
    const prepared = (body) => library.briefly(() => {
      const given = library.struct(32);
      library.view(Uint32Array, given + 4, 1)[0] = Math.min(beats, 2 ** 32 - 1);
      library.view(Float64Array, given + 8, 3).set([window, interval, lookahead]);
      const result = library.take(8);
      body(given, result);
      return library.number(result);
    });
    const size = aligned(prepared((given, result) =>
      library.check(functions.ecg_stream_size(model.handle, rate, given, result))));
    const staged = aligned(Math.max(64, 4 * Math.ceil(rate)));
    // The stream, a second of samples on their way into it, and what it tells.
    super(library, size + staged + 3 * ALIGNMENT + aligned(MATCH) + 4 * Math.max(model.beatLength, model.labels.length));
    this.model = model;
    this.rate = rate;
    this.gallery = null;
    this.staged = { place: this.place + size, count: staged / 4 };
    this.result = this.staged.place + staged;
    this.event = this.result + ALIGNMENT;
    this.matched = this.event + ALIGNMENT;
    this.values = this.matched + aligned(MATCH);
    this.make(() => {
      this.pointer = prepared((given, result) =>
        library.check(functions.ecg_stream_init(model.handle, rate, given, this.place, size, result)));
    });
  }

  /** Takes the next samples, in millivolts (NaN where missing), and gives what can be told now. */
  push(samples) {
    const { library, listening: handle, staged, result } = this;
    const events = [];
    for (let start = 0; start < samples.length; ) {
      const piece = samples.slice(start, start + staged.count);
      library.view(Float32Array, staged.place, piece.length).set(piece);
      library.check(library.functions.ecg_stream_push(handle, staged.place, piece.length, result));
      start += library.number(result);
      this.tell(events);
    }
    return events;
  }

  /** Says that so many samples were lost: the same as pushing so many NaN. */
  gap(missing) {
    const count = BigInt(missing);
    this.library.check(this.library.functions.ecg_stream_gap(this.listening, count > LONGEST_GAP ? LONGEST_GAP : count));
    return this.tell([]);
  }

  /** Ends the signal and tells the rest. No samples can be pushed before the next `reset`. */
  finish() {
    this.library.check(this.library.functions.ecg_stream_finish(this.listening));
    return this.tell([]);
  }

  /** Forgets everything but the gallery: the next sample is the first of a new signal. */
  reset() {
    this.library.check(this.library.functions.ecg_stream_reset(this.handle));
  }

  /**
   * Compares the usable beats from now on with everybody enrolled, or with one `person`; null: with nobody.
   *
   * The answers are those of `Gallery.identifyBeats` and `Gallery.verifyBeats` with all beats since. The gallery must stay open as
   * long as the stream uses it.
   */
  setGallery(gallery, person = null) {
    const { library } = this;
    library.briefly(() => library.check(library.functions.ecg_stream_set_gallery(
      this.handle, gallery === null ? 0 : this.near(gallery).handle, person === null ? 0 : library.string(person))));
    this.gallery = gallery;
  }

  /** Adds a template of `person` to a gallery, made of all usable beats since the identity began; gives how many. */
  enrol(gallery, person) {
    const { library } = this;
    return library.briefly(() => {
      library.check(library.functions.ecg_stream_enrol(
        this.handle, this.near(gallery).handle, library.string(person), this.result));
      return library.number(this.result);
    });
  }

  /** One per person, in the order of `Model.labels`; null while no beat decides. */
  get probabilities() {
    const { library, model } = this;
    const status = library.functions.ecg_stream_probabilities(this.handle, this.values, model.labels.length);
    if (status === ERROR_NO_BEATS) return null;
    library.check(status);
    return Array.from(library.view(Float32Array, this.values, model.labels.length));
  }

  /** The handle, when the gallery can be asked, too. */
  get listening() {
    this.gallery?.handle;
    return this.handle;
  }

  /** A gallery's place means something in its own library's memory alone. */
  near(gallery) {
    if (gallery.library !== this.library) throw new Error("this gallery lies in another library's memory");
    return gallery;
  }

  tell(events) {
    const { library, event } = this;
    for (;;) {
      library.clear(event, 48);
      library.check(library.functions.ecg_stream_next(this.handle, event));
      if (library.number(event + 4) === EVENT_NONE) return events;
      events.push(this.told());
    }
  }

  /** The event as it lies in memory. */
  told() {
    const { library, model, event } = this;
    const { functions } = library;
    const [quality] = library.view(Float32Array, event + 16, 1);
    const [fault, signal, beats, person] = library.view(Int32Array, event + 20, 4);
    const isOutlier = library.view(Int32Array, event + 40, 1)[0];
    const isBeat = library.number(event + 4) === EVENT_BEAT;
    const mostLike = person < 0 ? null : model.labels[person];
    let values = null;
    if (isBeat && fault === 0) {
      library.check(functions.ecg_stream_beat(this.handle, this.values, model.beatLength));
      values = library.view(Float32Array, this.values, model.beatLength).slice();
    }
    return {
      kind: isBeat ? "beat" : "signal",
      position: Number(library.view(BigUint64Array, event + 8, 1)[0]),
      quality,
      fault: fault === 0 ? null : library.text(functions.ecg_fault_string(fault)),
      signal: signal === 0 ? null : library.text(functions.ecg_status_string(signal)),
      beats,
      person: isOutlier === 1 ? null : mostLike,
      mostLike,
      probability: library.float(event + 36),
      isOutlier: isOutlier < 0 ? null : isOutlier === 1,
      outlierScore: isOutlier < 0 ? null : library.float(event + 44),
      values,
      match: this.match(),
    };
  }

  match() {
    if (this.gallery === null) return null;
    this.library.clear(this.matched, MATCH);
    this.library.check(this.library.functions.ecg_stream_match(this.handle, this.matched));
    return this.gallery.match(this.matched);
  }
}
