// host.cpp - identification from C++, with ecg.hpp.
//
//   c++ -std=c++17 -O2 -I../include host.cpp -o host -L../build/device -lecg -Wl,-rpath,'$ORIGIN/../build/device'
//   ./host model.h5 recording.f32 500
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "ecg.hpp"

int main(int argument_count, char **arguments) try {
  if (argument_count != 4) {
    std::cerr << "usage: " << arguments[0] << " model.h5 recording.f32 sampling-rate-in-Hz\n";
    return 2;
  }
  std::ifstream file(arguments[2], std::ios::binary);
  if (!file) {
    std::cerr << arguments[2] << ": cannot be opened\n";
    return 2;
  }
  std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::copy_n(bytes.data(), samples.size() * sizeof(float), reinterpret_cast<char *>(samples.data()));
  double sampling_rate = std::atof(arguments[3]);

  ecg::Model model(arguments[1]);
  ecg::Session session(model, samples.size() / sampling_rate, sampling_rate);
  std::vector<float> beats = session.preprocess(samples.data(), samples.size(), sampling_rate);
  bool tells_strangers = model.info().outlier_reference_count > 0;
  auto [identity, outlier] =
      tells_strangers ? session.recognise(beats) : std::pair(session.identify(beats), ecg::Outlier{});
  std::cout << (outlier.is_outlier ? "nobody I know" : identity.label) << " (most like " << identity.label << ", "
            << identity.probability;
  if (tells_strangers) std::cout << "; outlier score " << outlier.score;
  std::cout << ")\n";
  return outlier.is_outlier ? 1 : 0;
} catch (const ecg::SignalError &error) {
  std::cerr << error.what() << ": " << error.fault() << ", quality " << error.report().quality << "\n";
  return 2;
} catch (const std::exception &error) {
  std::cerr << error.what() << "\n";
  return 2;
}
