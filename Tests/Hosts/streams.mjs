// streams.mjs - what javascript/ecg.mjs says of two people's recordings through galleries and streams, as JSON.
//
//   node streams.mjs ecg.wasm model.h5 ada.f32 eve.f32
import { readFileSync } from "node:fs";
import { Gallery, Library, Stream } from "../../javascript/ecg.mjs";

const [wasm, modelFile, ...recordings] = process.argv.slice(2);
const [ada, eve] = recordings.map((path) => new Float32Array(new Uint8Array(readFileSync(path)).buffer));
const library = await Library.load(readFileSync(wasm));
const model = library.model(new Uint8Array(readFileSync(modelFile)));
const said = { labels: model.labels, calibrationPeople: model.calibrationPeople, rate: model.falseAcceptanceRate };

const gallery = new Gallery(model, 5);
said.enrolled = gallery.enrol("Ada", ada.subarray(0, 4000), 500);
gallery.enrolBeats("Ève", model.preprocess(eve, 500).values);
said.identified = [ada, eve].map((samples) => gallery.identify(samples, 500));
said.verified = [ada, eve].map((samples) => gallery.verify("Ada", samples, 500));

const stream = new Stream(model, 500, { beats: 5, window: 8, interval: 0.5 });
const sizes = new Set();
function push(samples, piece) {
  const events = [];
  for (let start = 0; start < samples.length; start += piece) {
    events.push(...stream.push(samples.subarray(start, start + piece)));
    sizes.add(library.functions.memory.buffer.byteLength);
  }
  return events;
}
stream.setGallery(gallery);
said.events = [...push(ada, 333), ...stream.gap(10000)];
stream.setGallery(gallery, "Ève");
said.events.push(...push(eve, 5000));
said.fromStream = stream.enrol(gallery, "Eva");
said.probabilities = model.labels.length > 0 ? stream.probabilities : null;
stream.setGallery(null);
said.events.push(...stream.finish());
stream.reset();
said.again = stream.push(Array.from(eve)).length;
said.sizes = sizes.size;

said.people = [...gallery.people];
said.saved = Buffer.from(gallery.toBytes()).toString("base64");
gallery.remove("Ada");
said.left = gallery.length;
console.log(JSON.stringify(said, (_, value) => (value instanceof Float32Array ? Array.from(value) : value)));
