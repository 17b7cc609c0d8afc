// swift-tools-version: 6.3
// Targets are listed by level; imports point downward only (see ARCHITECTURE.md).
import PackageDescription

// An MPICH cluster sets MUSIQ_MPI_PKGCONFIG=mpich; nothing else changes.
let mpi = Context.environment["MUSIQ_MPI_PKGCONFIG"] ?? "ompi-c"
let hdf5 = Context.environment["MUSIQ_HDF5_PKGCONFIG"] ?? "hdf5-openmpi"

// oneDNN multiplies matrices faster than OpenBLAS and alone in bfloat16; MUSIQ_ONEDNN=0 builds without.
let oneDNN = Context.environment["MUSIQ_ONEDNN"] != "0"

// CI sets MUSIQ_WARNINGS=errors. Not always: a later compiler may warn about code that is right today.
let warningsAreErrors = Context.environment["MUSIQ_WARNINGS"] == "errors"

// What the Makefile knows about the build, for `musiq-dist --version`. Definitions of one small C target:
// a new commit compiles that and links. (`Context.gitInformation` is of no use: the package manager
// caches it with the manifest, and tells the commit of an earlier build.)
let buildFacts = ["MUSIQ_COMMIT", "MUSIQ_COMMIT_DATE", "MUSIQ_SWIFT_VERSION"].compactMap { name in
  Context.environment[name].map { CSetting.define(name, to: "\"\($0)\"") }
}

// The Swift runtime is linked into the program, which then runs on nodes without Swift;
// MUSIQ_STATIC_RUNTIME=0 builds without. `--static-swift-stdlib` does the same, but compiles every module
// for it, and the testing library has no such form: program and tests would share no object. What that
// option finds in the modules is listed here: the static libraries behind Foundation and FoundationXML.
let staticRuntime: [LinkerSetting] =
  Context.environment["MUSIQ_STATIC_RUNTIME"] != "0"
  ? [.unsafeFlags(["-static-stdlib"])]
    + [
      "CoreFoundation", "_FoundationICU", "_FoundationCShims", "_FoundationCollections",
      "_CFXMLInterface", "xml2",
    ].map { .linkedLibrary($0) }
  : []

func library(_ name: String, _ imports: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: imports)
}

func tests(_ name: String, _ imports: [Target.Dependency], resources: [Resource] = []) -> Target {
  .testTarget(name: name, dependencies: imports + ["TestSupport"], resources: resources)
}

let package = Package(
  name: "musiq-dist",
  products: [.executable(name: "musiq-dist", targets: ["musiq-dist"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Level 0: system libraries.
    .systemLibrary(name: "CMPI", pkgConfig: mpi, providers: [.apt(["libopenmpi-dev"])]),
    .systemLibrary(name: "CHDF5", pkgConfig: hdf5, providers: [.apt(["libhdf5-openmpi-dev"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
    .systemLibrary(name: "COneDNN", providers: [.apt(["libdnnl-dev"])]),
    .systemLibrary(
      name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
    .systemLibrary(name: "CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CPango", pkgConfig: "pangocairo",
      providers: [.apt(["libpango1.0-dev", "libcairo2-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CAffinity"),
    .systemLibrary(name: "CBacktrace"),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    .target(name: "CBuild", cSettings: buildFacts),

    // Level 0: what kind of failure an error is.
    library("Failures"),
    library("Provenance", ["CBuild"]),
    library("Watchdog", ["CBacktrace"]),

    // Level 1: one idea each, no knowledge of learning.
    library("Files", ["Failures"]),
    library("MPI", ["CMPI", "Failures"]),
    library("Digests", ["CCrypto"]),
    library("HDF5", ["CHDF5", "Failures", "MPI"]),
    library("Tensors"),
    .target(
      name: "Kernels", dependencies: ["COpenBLAS"] + (oneDNN ? ["COneDNN"] : []),
      swiftSettings: oneDNN ? [.define("MUSIQ_ONEDNN")] : []),
    library("ImageCodecs", ["CTurboJPEG", "CJPEG", "CPNG", "CWebP", "CTIFF", "Failures", "Files"]),
    library("ZipArchives", ["CArchive", "Failures", "Files"]),
    library("Configuration", ["Failures", "Files", "Yams"]),

    // Level 2 and 3: tables; differentiable operations, layers, optimizers, tokens, labels, figures.
    library("Tables", ["Failures", "Files", "ZipArchives", "Tensors"]),
    library("Labels", ["Files", "Tensors"]),
    library("KernelCases", ["Kernels"]),
    library("Autodiff", ["Kernels"]),
    library("Layers", ["Configuration", "Tensors", "Kernels", "Autodiff", "Labels"]),
    library("Optimizers", ["Configuration", "Tensors", "Kernels"]),
    library("Multiscale", ["Configuration", "Tensors"]),

    library("Figures", ["CPango", "Failures", "ImageCodecs", "Tables"]),

    // Level 4: data, model, parallelism, checkpoints, metrics.
    library(
      "ImageData",
      [
        "Failures", "Files", "Digests", "Configuration", "MPI", "Tensors", "ImageCodecs", "Tables",
        "Multiscale", "Labels",
      ]),
    library("DatasetReaders", ["Failures", "Files", "Tensors", "Tables", "Labels"]),
    library("SyntheticImages", ["Failures", "Files", "MPI", "Tensors", "ImageCodecs", "Labels"]),
    library(
      "MUSIQ",
      ["Configuration", "Tensors", "Kernels", "Autodiff", "Layers", "Multiscale", "Labels"]),
    library(
      "DataParallel",
      ["CAffinity", "Failures", "Files", "Configuration", "MPI", "Tensors", "Kernels"]),
    library(
      "Checkpoints", ["Failures", "Files", "Digests", "Configuration", "MPI", "HDF5", "Tensors"]),
    library("Evaluation", ["MPI", "Tensors", "Labels"]),
    library(
      "ModelExchange",
      ["Failures", "Files", "ZipArchives", "Tensors", "Multiscale", "MUSIQ", "Checkpoints"]),

    // Level 5 and 6: configuration, training loop, command line.
    library(
      "RunConfig",
      [
        "Configuration", "MPI", "ImageCodecs", "Tables", "Layers", "Optimizers", "Labels",
        "ImageData", "MUSIQ", "DataParallel", "Checkpoints",
      ]),
    library(
      "Inference",
      [
        "Failures", "Provenance", "Watchdog", "Files", "Digests", "MPI", "Tensors", "Kernels",
        "ImageCodecs",
        "Tables",
        "Autodiff", "Multiscale", "Labels", "ImageData", "MUSIQ", "DataParallel", "Checkpoints",
        "Evaluation", "ModelExchange", "RunConfig",
      ]),
    library(
      "Explanation",
      [
        "Failures", "Provenance", "Files", "Tensors", "Kernels", "ImageCodecs", "Tables",
        "Autodiff", "Multiscale", "Figures", "ImageData", "MUSIQ", "DataParallel",
        "ModelExchange", "RunConfig", "Inference",
      ]),
    library(
      "Training",
      [
        "Failures", "Provenance", "Watchdog", "Files", "MPI", "Tensors", "Kernels", "Tables",
        "Autodiff",
        "Layers", "Optimizers", "Multiscale", "Labels", "ImageData", "MUSIQ", "DataParallel",
        "Checkpoints", "Evaluation", "ModelExchange", "RunConfig", "Inference",
      ]),
    library(
      "Benchmarks",
      [
        "Failures", "Files", "MPI", "Tensors", "Kernels", "Tables", "KernelCases", "Autodiff",
        "Layers", "Optimizers", "Multiscale", "MUSIQ", "DataParallel", "RunConfig", "Training",
      ]),
    .target(
      name: "Commands",
      dependencies: [
        "Failures", "Provenance", "Watchdog", "Files", "Configuration", "MPI", "HDF5", "Kernels",
        "ImageCodecs",
        "Tables", "Labels", "Figures", "ImageData", "DatasetReaders", "SyntheticImages", "MUSIQ",
        "DataParallel", "Checkpoints", "ModelExchange", "RunConfig", "Inference", "Explanation",
        "Training", "Benchmarks",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "musiq-dist", dependencies: ["Commands"], linkerSettings: staticRuntime),

    // Tests.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .target(
      name: "ModelTestSupport",
      dependencies: [
        "MPI", "Tensors", "Kernels", "Autodiff", "Layers", "Multiscale", "Labels",
        "SyntheticImages", "MUSIQ", "RunConfig", "TestSupport",
      ], path: "Tests/ModelTestSupport"),
    tests("DigestsTests", ["Digests"]),
    tests("WatchdogTests", ["Watchdog"]),
    tests("FilesTests", ["Files"]),
    tests("TensorsTests", ["Tensors"]),
    tests("KernelsTests", ["Kernels", "KernelCases"]),
    tests("ImageCodecsTests", ["ImageCodecs"]),
    tests("FiguresTests", ["ImageCodecs", "Figures"]),
    tests("MPITests", ["MPI", "ModelTestSupport"]),
    tests("HDF5Tests", ["HDF5"]),
    tests("AutodiffTests", ["Kernels", "Autodiff", "ModelTestSupport"]),
    tests(
      "LayersTests", ["Tensors", "Kernels", "Autodiff", "Layers", "Labels", "ModelTestSupport"]),
    tests("OptimizersTests", ["Tensors", "Optimizers"]),
    tests("MultiscaleTests", ["Multiscale"]),
    tests("TablesTests", ["ZipArchives", "Tensors", "Tables"]),
    tests("LabelsTests", ["Labels"]),
    tests(
      "ImageDataTests",
      ["Tensors", "ImageCodecs", "Tables", "Multiscale", "Labels", "ImageData", "DatasetReaders"]),
    tests("DatasetReadersTests", ["Tensors", "Tables", "Labels", "ImageData", "DatasetReaders"]),
    tests("SyntheticImagesTests", ["ImageCodecs", "Labels", "SyntheticImages"]),
    tests(
      "MUSIQTests",
      [
        "Tensors", "Kernels", "Autodiff", "Layers", "Optimizers", "Multiscale", "Labels", "MUSIQ",
        "ModelTestSupport",
      ]),
    tests("DataParallelTests", ["MPI", "Tensors", "DataParallel", "ModelTestSupport"]),
    tests("CheckpointsTests", ["MPI", "HDF5", "Tensors", "Checkpoints", "ModelTestSupport"]),
    tests("EvaluationTests", ["Evaluation"]),
    tests(
      "ModelExchangeTests",
      [
        "Failures", "MPI", "Tensors", "Multiscale", "Labels", "MUSIQ", "Checkpoints",
        "ModelExchange", "RunConfig", "Inference", "ModelTestSupport",
      ]),
    tests("ConfigurationTests", ["Configuration"]),
    tests(
      "RunConfigTests",
      ["Configuration", "Tensors", "Layers", "Labels", "ImageData", "MUSIQ", "RunConfig"]),
    tests(
      "InferenceTests",
      [
        "MPI", "Tensors", "Kernels", "ImageCodecs", "Multiscale", "Labels", "ImageData", "MUSIQ",
        "Evaluation", "ModelExchange", "RunConfig", "Inference", "ModelTestSupport",
      ]),
    tests(
      "ExplanationTests",
      [
        "Files", "Tensors", "ImageCodecs", "Tables", "Labels", "Multiscale", "Figures", "MUSIQ",
        "ModelExchange", "RunConfig", "Inference", "Explanation", "ModelTestSupport",
      ]),
    tests(
      "TrainingTests",
      [
        "Failures", "Configuration", "MPI", "Tensors", "Multiscale", "ImageData", "MUSIQ",
        "Checkpoints", "Evaluation", "RunConfig", "Inference", "Training", "ModelTestSupport",
      ]),
    tests(
      "CommandsTests",
      [
        "Failures", "Configuration", "MPI", "Labels", "ImageData", "DatasetReaders",
        "DataParallel", "ModelExchange", "Inference", "Explanation", "Training", "Commands",
      ]),
    tests(
      "RankTests",
      [
        "Failures", "MPI", "HDF5", "Tensors", "Kernels", "ImageCodecs", "Tables", "Multiscale",
        "ImageData", "SyntheticImages", "MUSIQ", "DataParallel", "Checkpoints", "Evaluation",
        "RunConfig", "Inference", "Training", "ModelTestSupport",
      ]),
  ]
)

// Of this package only: dependencies are others' code.
for target in package.targets where warningsAreErrors && target.type != .system {
  target.swiftSettings = (target.swiftSettings ?? []) + [.treatAllWarnings(as: .error)]
}
