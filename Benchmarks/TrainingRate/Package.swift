// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "TrainingRate",
  dependencies: [.package(name: "ecg", path: "../..")],
  targets: [
    .executableTarget(name: "training-rate", dependencies: [.product(name: "ECGTrainer", package: "ecg")])
  ]
)
