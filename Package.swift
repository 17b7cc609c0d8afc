// swift-tools-version: 6.0
// Targets are listed by level; imports point downward only (see ARCHITECTURE.md).
import PackageDescription

// An MPICH cluster sets MUSIQ_MPI_PKGCONFIG=mpich; nothing else changes.
let mpi = Context.environment["MUSIQ_MPI_PKGCONFIG"] ?? "ompi-c"
let hdf5 = Context.environment["MUSIQ_HDF5_PKGCONFIG"] ?? "hdf5-openmpi"

// oneDNN multiplies matrices faster than OpenBLAS and alone in bfloat16; MUSIQ_ONEDNN=0 builds without.
let oneDNN = Context.environment["MUSIQ_ONEDNN"] != "0"

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
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(name: "CAffinity"),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // Level 1: one idea each, no knowledge of learning.
    library("Files"),
    library("MPI", ["CMPI"]),
    library("HDF5", ["CHDF5", "MPI"]),
    library("Tensors"),
    .target(
      name: "Kernels", dependencies: ["COpenBLAS"] + (oneDNN ? ["COneDNN"] : []),
      swiftSettings: oneDNN ? [.define("MUSIQ_ONEDNN")] : []),
    library("ImageCodecs", ["CTurboJPEG", "CPNG", "Files"]),
    library("ZipArchives", ["CArchive", "Files"]),
    library("Configuration", ["Yams"]),

    // Level 2 and 3: tables; differentiable operations, layers, optimizers, tokens, labels.
    library("Tables", ["Files", "ZipArchives", "Tensors"]),
    library("Labels", ["Files", "Tensors"]),
    library("Autodiff", ["Tensors", "Kernels"]),
    library("Layers", ["Autodiff", "Labels", "Tensors"]),
    library("Optimizers", ["Tensors", "Kernels"]),
    library("Multiscale", ["Tensors"]),

    // Level 4: data, model, parallelism, checkpoints, metrics.
    library(
      "ImageData",
      ["Labels", "Tables", "Multiscale", "ImageCodecs", "Tensors", "Files", "MPI"]),
    library("DatasetReaders", ["Labels", "Tables", "Tensors", "Files"]),
    library("SyntheticImages", ["Labels", "ImageCodecs", "Tensors", "Files", "MPI"]),
    library("MUSIQ", ["Layers", "Labels", "Autodiff", "Kernels", "Multiscale", "Tensors"]),
    library("DataParallel", ["MPI", "Tensors", "Optimizers", "Kernels", "CAffinity"]),
    library("Checkpoints", ["HDF5", "MPI", "Tensors", "CCrypto"]),
    library("Evaluation", ["Labels", "MPI", "Tensors"]),
    library("ModelExchange", ["ZipArchives", "Checkpoints", "MUSIQ", "Multiscale", "Tensors"]),

    // Level 5 and 6: configuration, training loop, command line.
    library(
      "RunConfig",
      [
        "Configuration", "MUSIQ", "Multiscale", "ImageData", "DatasetReaders", "SyntheticImages",
        "Labels", "Tables", "Layers", "Optimizers", "DataParallel", "Checkpoints",
      ]),
    library(
      "Inference",
      [
        "RunConfig", "MUSIQ", "ModelExchange", "Autodiff", "Multiscale", "ImageCodecs", "ImageData",
        "Labels", "Tables", "DataParallel", "Checkpoints", "Evaluation", "Kernels", "Tensors",
        "Files", "MPI",
      ]),
    library(
      "Explanation",
      [
        "Inference", "RunConfig", "MUSIQ", "ModelExchange", "Autodiff", "Multiscale", "ImageCodecs",
        "ImageData", "Kernels", "Tensors", "Files",
      ]),
    library(
      "Training",
      [
        "Inference", "RunConfig", "MUSIQ", "ModelExchange", "Layers", "Autodiff", "Multiscale",
        "ImageCodecs", "ImageData", "Labels", "Tables", "Optimizers", "DataParallel", "Checkpoints",
        "Evaluation", "Kernels", "Tensors", "Files", "MPI",
      ]),
    library(
      "Benchmarks",
      [
        "Training", "RunConfig", "MUSIQ", "Layers", "Autodiff", "Multiscale", "ImageData",
        "Optimizers", "DataParallel", "Kernels", "Tensors", "Files", "MPI",
      ]),
    .executableTarget(
      name: "musiq-dist",
      dependencies: [
        "Training", "Inference", "Explanation", "Benchmarks", "RunConfig", "ImageData",
        "DatasetReaders", "SyntheticImages", "Labels", "Tables", "ImageCodecs", "Checkpoints",
        "ModelExchange", "DataParallel", "MUSIQ", "MPI", "Kernels",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),

    // Tests.
    .target(name: "TestSupport", path: "Tests/TestSupport"),
    .target(
      name: "ModelTestSupport",
      dependencies: [
        "TestSupport", "Kernels", "Autodiff", "Layers", "Tensors", "Multiscale", "MUSIQ", "MPI",
        "SyntheticImages",
      ], path: "Tests/ModelTestSupport"),
    tests("FilesTests", ["Files"]),
    tests("TensorsTests", ["Tensors"]),
    tests("KernelsTests", ["Kernels"]),
    tests("ImageCodecsTests", ["ImageCodecs"]),
    tests("MPITests", ["ModelTestSupport", "MPI"]),
    tests("HDF5Tests", ["HDF5"]),
    tests("AutodiffTests", ["ModelTestSupport", "Autodiff"]),
    tests("LayersTests", ["ModelTestSupport", "Layers"]),
    tests("OptimizersTests", ["Optimizers"]),
    tests("MultiscaleTests", ["Multiscale"]),
    tests("TablesTests", ["Tables", "ZipArchives", "Tensors"]),
    tests("LabelsTests", ["Labels"]),
    tests("ImageDataTests", ["ImageData", "DatasetReaders"]),
    tests("DatasetReadersTests", ["DatasetReaders", "ImageData"]),
    tests("SyntheticImagesTests", ["SyntheticImages", "ImageCodecs"]),
    tests("MUSIQTests", ["ModelTestSupport", "MUSIQ", "Optimizers"]),
    tests("DataParallelTests", ["ModelTestSupport", "DataParallel"]),
    tests("CheckpointsTests", ["ModelTestSupport", "Checkpoints"]),
    tests("EvaluationTests", ["Evaluation"]),
    tests(
      "ModelExchangeTests",
      ["ModelTestSupport", "ModelExchange", "Checkpoints", "ImageCodecs", "Training"]),
    tests("ConfigurationTests", ["Configuration"]),
    tests("RunConfigTests", ["RunConfig", "Configuration"]),
    tests("InferenceTests", ["ModelTestSupport", "Inference"]),
    tests("ExplanationTests", ["ModelTestSupport", "Explanation"]),
    tests("TrainingTests", ["ModelTestSupport", "Training", "Configuration"]),
    tests(
      "RankTests",
      [
        "ModelTestSupport", "MPI", "HDF5", "Configuration", "DataParallel", "Checkpoints",
        "ImageData", "SyntheticImages", "Training",
      ]),
  ]
)
