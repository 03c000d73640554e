// swift-tools-version: 6.2
import PackageDescription

// The Embedded build of libecg (`make device`) sets this; everything it builds is the device line below.
let embedded = Context.environment["ECG_EMBEDDED"] != nil

// The compiler refuses whatever might allocate, but cannot on 32-bit machines: there, conversions to 64-bit integers
// instantiate arrays that nothing uses. Scripts/build-device then shows by the symbols that nothing allocates.
let embeddedFlags =
  ["-wmo", "-Xfrontend", "-function-sections"]
  + (Context.environment["ECG_EMBEDDED"] == "32-bit" ? [] : ["-no-allocations"])

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableExperimentalFeature("Lifetimes"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]
let device: [SwiftSetting] =
  strict + (embedded ? [.enableExperimentalFeature("Embedded"), .unsafeFlags(embeddedFlags)] : [])

func deviceTarget(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: device)
}
func trainerTarget(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.byName(name: name), "ECGTestSupport"] + dependencies, swiftSettings: strict)
}

// MARK: - Device line: compiles as Embedded Swift without allocations; becomes libecg

let deviceLine: [Target] = [
  deviceTarget("ECGCore", ["CECG", "CECGKernels"]),
  deviceTarget("ECGSignal", ["ECGCore"]),
  deviceTarget("ECGNetwork", ["ECGCore"]),
  deviceTarget("ECGIdentity", ["ECGCore"]),
  deviceTarget("ECGModelFile", ["ECGCore"]),
  deviceTarget("ECG", ["ECGSignal", "ECGNetwork", "ECGIdentity", "ECGModelFile"]),
]

// MARK: - Trainer line: full Swift with Foundation; becomes ecgid

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let trainerLine: [Target] = [
  trainerTarget("ECGFiles", []),
  trainerTarget("ECGRecords", ["ECGSignal", "CFLAC", .product(name: "SwiftCSV", package: "SwiftCSV")]),
  trainerTarget("ECGTraining", ["ECGFiles", "ECGNetwork", "ECGIdentity", "COneDNN"]),
  trainerTarget("ECGArchitectures", ["ECGNetwork"]),
  trainerTarget("ECGMetrics", ["ECGCore"]),
  trainerTarget("ECGExport", ["ECGFiles", "ECGModelFile", "ECGNetwork", "ECGIdentity", "CECGKernels", "CHDF5"]),
  trainerTarget(
    "ECGWorkflow",
    ["CECG", "ECG", "ECGFiles", "ECGRecords", "ECGTraining", "ECGArchitectures", "ECGExport", "ECGMetrics"]),
  trainerTarget("ECGReport", ["ECGWorkflow", "ECGMetrics", "ECG"]),
  .executableTarget(
    name: "ecgid",
    dependencies: [
      "ECGWorkflow", "ECGReport", argumentParser,
    ],
    swiftSettings: strict),
]

// MARK: - Speed: `make bench`

let benchmarkLine: [Target] = [
  .executableTarget(
    name: "benchmark", dependencies: ["ECGArchitectures", "ECGIdentity", "ECGNetwork", "ECGRecords", "CCeilings"],
    path: "Benchmarks/Library", swiftSettings: strict),
  .target(name: "CCeilings", path: "Benchmarks/Ceilings", cSettings: [.unsafeFlags(["-O3"])]),
  .executableTarget(
    name: "benchmark-training", dependencies: ["ECGArchitectures", "ECGNetwork", "ECGTraining"],
    path: "Benchmarks/Training", swiftSettings: strict),
  .executableTarget(
    name: "benchmark-signal", dependencies: ["ECGSignal"], path: "Benchmarks/Signal", swiftSettings: strict),
  .executableTarget(
    name: "benchmark-peaks", dependencies: ["ECGSignal"], path: "Benchmarks/Peaks", swiftSettings: strict),
]

// MARK: - C targets: kernels of the device line, module maps of the trainer's libraries

let kernelFlags = [
  "-O3", "-ffp-contract=fast-honor-pragmas", "-fno-math-errno", "-fno-trapping-math", "-ffunction-sections",
  "-fdata-sections",
]

let cTargets: [Target] = [
  .systemLibrary(name: "CECG", path: "include"),
  .target(
    name: "CECGKernels",
    // What only the trainer needs stays out of libecg.
    exclude: embedded
      ? [
        "records.c", "recurrent_training.c", "small_convolution.c", "spectral.c", "training.c",
        "winograd.c",
      ] : [],
    cSettings: [.unsafeFlags(kernelFlags)],
    linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
  .systemLibrary(name: "CHDF5", pkgConfig: "hdf5-serial", providers: [.apt(["libhdf5-dev"])]),
  .systemLibrary(name: "CFLAC", pkgConfig: "flac", providers: [.apt(["libflac-dev"])]),
  .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
]

// MARK: - Tests: one target per module

let testLine: [Target] = [
  .target(name: "ECGTestSupport", path: "Tests/ECGTestSupport", swiftSettings: strict),
  .target(
    name: "ECGWorkflowTestSupport", dependencies: ["ECGWorkflow"], path: "Tests/ECGWorkflowTestSupport",
    swiftSettings: strict),
  .target(
    name: "ECGFuzzing", dependencies: ["ECGRecords", "ECGCore"], path: "Tests/Fuzzing",
    exclude: ["Driver", "Corpus", "Library", "corpus.py", "words.dict"], swiftSettings: strict),
  tests("ECGCore", []),
  tests("ECGSignal", []),
  tests("ECGNetwork", ["ECGArchitectures"]),
  tests("ECGIdentity", []),
  tests("ECGModelFile", ["ECGExport"]),
  tests("ECG", ["ECGExport"]),
  tests("ECGRecords", ["ECGFuzzing"]),
  tests("ECGTraining", ["ECGArchitectures"]),
  tests("ECGExport", ["ECGArchitectures"]),
  tests("ECGMetrics", []),
  tests(
    "ECGWorkflow",
    [
      "ECGWorkflowTestSupport", "ECG", "ECGIdentity", "ECGMetrics", "ECGExport", "ECGRecords", "ECGTraining",
      "ECGArchitectures",
    ]),
  tests(
    "ECGReport",
    [
      "ECGWorkflowTestSupport", "ECGWorkflow", "ECGMetrics", "ECGNetwork", "ECGExport", "ECGRecords", "ECGTraining",
      "ECGArchitectures",
    ]),
]

let package = Package(
  name: "ecg",
  products: [.library(name: "ecg", type: .dynamic, targets: ["ECG"])]
    + (embedded ? [] : [.executable(name: "ecgid", targets: ["ecgid"])]),
  dependencies: embedded
    ? []
    : [
      .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
      .package(url: "https://github.com/swiftcsv/SwiftCSV", from: "0.10.0"),
    ],
  targets: embedded
    ? deviceLine + [cTargets[0], cTargets[1]]
    : deviceLine + trainerLine + benchmarkLine + cTargets + testLine,
  cLanguageStandard: .c11
)
