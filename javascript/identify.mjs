// identify.mjs - names the person in a recording, or says that it does not know them.
//
//   node identify.mjs ../build/wasm/ecg.wasm model.h5 recording.f32 500
//
// The recording is one lead in millivolts, raw 32-bit floats.
import { readFileSync } from "node:fs";
import { Library } from "./ecg.mjs";

const [wasm, modelFile, recording, rate] = process.argv.slice(2);
if (!rate) {
  console.error("usage: identify.mjs ecg.wasm model.h5 recording.f32 sampling-rate-in-Hz");
  process.exit(2);
}
try {
  const library = await Library.load(readFileSync(wasm));
  const model = library.model(readFileSync(modelFile));
  model.verify();
  const bytes = readFileSync(recording);
  const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
  const said = model.identify(samples, Number(rate));
  console.log(JSON.stringify({ ...said, version: library.version }));
  process.exit(said.person === null ? 1 : 0);
} catch (error) {
  console.error(`${error.name}: ${error.message}`);
  process.exit(2);
}
