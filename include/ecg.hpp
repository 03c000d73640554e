// ecg.hpp - ecg.h for C++17: the same calls, with objects that close themselves.        SPDX-License-Identifier: Apache-2.0
//
//   ecg::Model model("model.h5");
//   ecg::Session session(model, 30.0, 500.0);
//   std::vector<float> beats = session.preprocess(samples, count, 500.0);
//   ecg::Identity who = session.identify(beats);
//
// A status other than ECG_OK becomes an ecg::Error.
#ifndef ECG_HPP
#define ECG_HPP

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "ecg.h"

namespace ecg {

class Error : public std::runtime_error {
 public:
  explicit Error(ecg_status status) : std::runtime_error(ecg_status_string(status)), status_(status) {}
  ecg_status status() const noexcept { return status_; }

 private:
  ecg_status status_;
};

// A recording without usable beats, or with a poor signal; `report` says why.
class SignalError : public Error {
 public:
  SignalError(ecg_status status, const ecg_signal_report &report) : Error(status), report_(report) {}
  const ecg_signal_report &report() const noexcept { return report_; }
  // What spoils the recording most: "noisy".
  std::string fault() const { return ecg_fault_string(report_.fault); }

 private:
  ecg_signal_report report_;
};

inline void check(ecg_status status) {
  if (status != ECG_OK) throw Error(status);
}

struct Identity {
  int person;
  std::string label;
  float probability;
};

struct Outlier {
  bool is_outlier;
  float score;
  float threshold;
};

class Model {
 public:
  explicit Model(const std::string &path) {
    if (ecg_abi_version() != ECG_ABI_VERSION) throw std::runtime_error("libecg and ecg.h are of different versions");
    check(ecg_model_open(path.c_str(), &model_));
  }
  ~Model() { ecg_model_close(model_); }
  Model(Model &&other) noexcept : model_(std::exchange(other.model_, nullptr)) {}
  Model &operator=(Model &&other) noexcept {
    std::swap(model_, other.model_);
    return *this;
  }

  ecg_model_info info() const {
    ecg_model_info info{};
    info.struct_size = sizeof info;
    check(ecg_model_describe(model_, &info));
    return info;
  }
  std::string label(int person) const {
    const char *label = ecg_model_label(model_, person);
    return label ? label : "";
  }
  const ecg_model *get() const noexcept { return model_; }

 private:
  ecg_model *model_ = nullptr;
};

// The model must outlive the session.
class Session {
 public:
  Session(const Model &model, double longest_seconds, double sampling_rate)
      : model_(model.get()), beat_length_(model.info().beat_length) {
    check(ecg_session_open(model_, longest_seconds, sampling_rate, &session_));
  }
  ~Session() { ecg_session_close(session_); }
  Session(Session &&other) noexcept
      : model_(other.model_), session_(std::exchange(other.session_, nullptr)), beat_length_(other.beat_length_),
        beat_count_(other.beat_count_) {}
  Session &operator=(Session &&other) noexcept {
    std::swap(model_, other.model_);
    std::swap(session_, other.session_);
    std::swap(beat_length_, other.beat_length_);
    std::swap(beat_count_, other.beat_count_);
    return *this;
  }

  // Beats of one recording in millivolts, one after another, each of ecg_model_info.beat_length values.
  // Throws SignalError when there is none to trust.
  std::vector<float> preprocess(const float *samples, std::size_t count, double sampling_rate,
                                std::vector<std::size_t> *r_peaks = nullptr, ecg_signal_report *report = nullptr) {
    std::size_t capacity = ecg_session_beat_capacity(session_);
    std::size_t beat_count = beat_count_ = 0;
    std::vector<float> beats(capacity * beat_length_);
    if (r_peaks) r_peaks->resize(capacity);
    ecg_signal_report found{};
    found.struct_size = sizeof found;
    ecg_status status = ecg_preprocess(session_, samples, count, sampling_rate, beats.data(), capacity,
                                       r_peaks ? r_peaks->data() : nullptr, &beat_count, &found);
    if (status == ECG_ERROR_NO_BEATS || status == ECG_ERROR_POOR_SIGNAL) throw SignalError(status, found);
    check(status);
    if (report) *report = found;
    beat_count_ = beat_count;
    beats.resize(beat_count * beat_length_);
    if (r_peaks) r_peaks->resize(beat_count);
    return beats;
  }

  // The quality, 0 to 1, of each beat that the last preprocess gave.
  std::vector<float> beat_quality() const {
    std::vector<float> qualities(beat_count_);
    if (beat_count_ > 0) check(ecg_beat_quality(session_, qualities.data(), beat_count_));
    return qualities;
  }

  Identity identify(const std::vector<float> &beats) {
    ecg_identity identity{};
    identity.struct_size = sizeof identity;
    check(ecg_identify(session_, beats.data(), beats.size() / beat_length_, &identity, nullptr));
    return {identity.person, ecg_model_label(model_, identity.person), identity.probability};
  }

  Outlier outlier_score(const std::vector<float> &beats) {
    ecg_outlier outlier{};
    outlier.struct_size = sizeof outlier;
    check(ecg_outlier_score(session_, beats.data(), beats.size() / beat_length_, &outlier));
    return {outlier.is_outlier != 0, outlier.score, outlier.threshold};
  }

  // Both at once, which takes half the time.
  std::pair<Identity, Outlier> recognise(const std::vector<float> &beats) {
    ecg_identity identity{};
    identity.struct_size = sizeof identity;
    ecg_outlier outlier{};
    outlier.struct_size = sizeof outlier;
    check(ecg_recognise(session_, beats.data(), beats.size() / beat_length_, &identity, nullptr, &outlier));
    return {{identity.person, ecg_model_label(model_, identity.person), identity.probability},
            {outlier.is_outlier != 0, outlier.score, outlier.threshold}};
  }

  void verify() { check(ecg_session_verify(session_)); }
  ecg_session *get() const noexcept { return session_; }

 private:
  const ecg_model *model_;
  ecg_session *session_ = nullptr;
  std::size_t beat_length_;
  std::size_t beat_count_ = 0;
};

// People whom the model was not trained on; ecg.h has the contract. The model must outlive the gallery.
//
//   ecg::Gallery gallery(model, 100);
//   gallery.enrol(session, "Ada", session.preprocess(samples, count, 500.0));
//   ecg_match match = gallery.identify(session, session.preprocess(others, other_count, 500.0));
//   if (match.verdict == ECG_VERDICT_ACCEPTED) std::cout << match.person;
class Gallery {
 public:
  Gallery(const Model &model, std::size_t template_capacity) : beat_length_(model.info().beat_length) {
    check(ecg_gallery_open(model.get(), template_capacity, &gallery_));
  }
  ~Gallery() { ecg_gallery_close(gallery_); }
  Gallery(Gallery &&other) noexcept
      : gallery_(std::exchange(other.gallery_, nullptr)), beat_length_(other.beat_length_) {}
  Gallery &operator=(Gallery &&other) noexcept {
    std::swap(gallery_, other.gallery_);
    std::swap(beat_length_, other.beat_length_);
    return *this;
  }

  void enrol(Session &session, const std::string &person, const std::vector<float> &beats) {
    check(ecg_gallery_enrol(gallery_, session.get(), person.c_str(), beats.data(), beats.size() / beat_length_));
  }
  void remove(const std::string &person) { check(ecg_gallery_remove(gallery_, person.c_str())); }

  std::size_t template_count() const {
    std::size_t count = 0;
    check(ecg_gallery_count(gallery_, &count, nullptr));
    return count;
  }
  // Whose template it is; those of one person lie side by side.
  std::string person(std::size_t template_index) const {
    const char *person = ecg_gallery_person(gallery_, template_index, nullptr);
    return person ? person : "";
  }

  ecg_match verify(Session &session, const std::string &person, const std::vector<float> &beats) const {
    ecg_match match = empty_match();
    check(ecg_verify(session.get(), gallery_, person.c_str(), beats.data(), beats.size() / beat_length_, &match));
    return match;
  }
  ecg_match identify(Session &session, const std::vector<float> &beats) const {
    ecg_match match = empty_match();
    check(ecg_gallery_identify(session.get(), gallery_, beats.data(), beats.size() / beat_length_, &match));
    return match;
  }

  std::vector<unsigned char> save() const {
    std::size_t size = 0;
    check(ecg_gallery_save(gallery_, nullptr, 0, &size));
    std::vector<unsigned char> bytes(size);
    check(ecg_gallery_save(gallery_, bytes.data(), bytes.size(), &size));
    return bytes;
  }
  // Replaces what the gallery holds.
  void load(const std::vector<unsigned char> &bytes) { check(ecg_gallery_load(gallery_, bytes.data(), bytes.size())); }
  ecg_gallery *get() const noexcept { return gallery_; }

 private:
  friend class Stream;
  static ecg_match empty_match() {
    ecg_match match{};
    match.struct_size = sizeof match;
    return match;
  }

  ecg_gallery *gallery_ = nullptr;
  std::size_t beat_length_;
};

// Who it is, while samples (mV) come in; ecg.h has the contract. The model must outlive the stream.
//
//   ecg::Stream stream(model, 250.0);
//   stream.push(samples, count, [&](const ecg_stream_event &event) {
//     if (event.beat_count >= 8) std::cout << (event.is_outlier == 1 ? "nobody I know" : model.label(event.person));
//   });
class Stream {
 public:
  // Fields of the options that are 0 have their defaults.
  Stream(const Model &model, double sampling_rate, ecg_stream_options options = {})
      : beat_length_(model.info().beat_length), person_count_(model.info().person_count) {
    options.struct_size = sizeof options;
    check(ecg_stream_open(model.get(), sampling_rate, &options, &stream_));
  }
  ~Stream() { ecg_stream_close(stream_); }
  Stream(Stream &&other) noexcept
      : stream_(std::exchange(other.stream_, nullptr)), beat_length_(other.beat_length_),
        person_count_(other.person_count_) {}
  Stream &operator=(Stream &&other) noexcept {
    std::swap(stream_, other.stream_);
    std::swap(beat_length_, other.beat_length_);
    std::swap(person_count_, other.person_count_);
    return *this;
  }

  // Takes the next samples, as many as there are, and calls tell(const ecg_stream_event &) for each event.
  template <typename Tell>
  void push(const float *samples, std::size_t count, Tell &&tell) {
    std::size_t taken = 0;
    do {
      check(ecg_stream_push(stream_, samples, count, &taken));
      samples += taken;
      count -= taken;
      fetch(tell);
    } while (count > 0);
  }

  // So many samples were lost.
  template <typename Tell>
  void gap(std::uint64_t missing_count, Tell &&tell) {
    check(ecg_stream_gap(stream_, missing_count));
    fetch(tell);
  }

  // Ends the signal and tells the rest; only reset can follow.
  template <typename Tell>
  void finish(Tell &&tell) {
    check(ecg_stream_finish(stream_));
    fetch(tell);
  }

  void reset() { check(ecg_stream_reset(stream_)); }

  // Compares the usable beats from now on with a gallery, which must outlive the stream or its use there; with the
  // templates of one person, unless that is empty.
  void set_gallery(const Gallery &gallery, const std::string &person = "") {
    check(ecg_stream_set_gallery(stream_, gallery.get(), person.empty() ? nullptr : person.c_str()));
  }
  void unset_gallery() { check(ecg_stream_set_gallery(stream_, nullptr, nullptr)); }
  // What the beats so far come to.
  ecg_match match() const {
    ecg_match match = Gallery::empty_match();
    check(ecg_stream_match(stream_, &match));
    return match;
  }
  // Enrols whoever the signal is of; returns of how many beats.
  std::uint32_t enrol(Gallery &gallery, const std::string &person) const {
    std::uint32_t beat_count = 0;
    check(ecg_stream_enrol(stream_, gallery.get(), person.c_str(), &beat_count));
    return beat_count;
  }
  // The usable beat that was told last, for Session and Gallery.
  std::vector<float> beat() const {
    std::vector<float> values(beat_length_);
    check(ecg_stream_beat(stream_, values.data(), values.size()));
    return values;
  }
  // Everybody's probability, from which the last event's person was taken.
  std::vector<float> probabilities() const {
    std::vector<float> values(person_count_);
    check(ecg_stream_probabilities(stream_, values.data(), values.size()));
    return values;
  }
  ecg_stream *get() const noexcept { return stream_; }

 private:
  template <typename Tell>
  void fetch(Tell &tell) {
    ecg_stream_event event{};
    event.struct_size = sizeof event;
    for (;;) {
      check(ecg_stream_next(stream_, &event));
      if (event.kind == ECG_EVENT_NONE) return;
      tell(static_cast<const ecg_stream_event &>(event));
    }
  }

  ecg_stream *stream_ = nullptr;
  std::size_t beat_length_, person_count_;
};

struct RPeak {
  std::uint64_t position;  // in samples since the first one pushed
  float confidence;        // 0 ... 1
};

// R peaks of samples (mV) as they come; the answers of a stream are those of the whole recording.
class Detector {
 public:
  explicit Detector(double sampling_rate) : sampling_rate_(sampling_rate) {
    std::size_t size = 0;
    check(ecg_detector_size(sampling_rate, &size));
    memory_ = std::make_unique<Line[]>((size + sizeof(Line) - 1) / sizeof(Line));
    check(ecg_detector_init(sampling_rate, memory_.get(), size, &detector_));
  }

  std::vector<RPeak> push(const float *samples, std::size_t count) {
    return fetch(ECG_DETECTOR_CAPACITY(count, sampling_rate_), [&](auto... out) {
      return ecg_detector_push(detector_, samples, count, out...);
    });
  }

  // Ends the signal; the detector takes no more samples.
  std::vector<RPeak> finish() {
    return fetch(ECG_DETECTOR_FINISH_CAPACITY, [&](auto... out) { return ecg_detector_finish(detector_, out...); });
  }

 private:
  struct alignas(ECG_ALIGNMENT) Line {
    unsigned char bytes[ECG_ALIGNMENT];
  };

  template <typename Call>
  std::vector<RPeak> fetch(std::size_t capacity, Call call) {
    std::vector<std::uint64_t> positions(capacity);
    std::vector<float> confidences(capacity);
    std::size_t count = 0;
    check(call(positions.data(), confidences.data(), capacity, &count));
    std::vector<RPeak> peaks(count);
    for (std::size_t i = 0; i < count; i++) peaks[i] = {positions[i], confidences[i]};
    return peaks;
  }

  double sampling_rate_;
  std::unique_ptr<Line[]> memory_;
  ecg_detector *detector_ = nullptr;
};

}  // namespace ecg

#endif
