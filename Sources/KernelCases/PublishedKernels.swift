// The kernels of one training step of the published model, and how often one image calls them.

import Kernels

/// A case of the published model.
public struct PublishedKernel: Sendable {
  /// A pass of the case that a step runs.
  public struct Row: Sendable {
    /// For tables, for example `MLP expand forward`.
    public let name: String
    /// Index into `KernelCase.passes`.
    public let pass: Int
    /// Calls in forward and backward of one image; 0: once per step.
    public let callsPerImage: Int
  }

  public let kernel: KernelCase
  public let rows: [Row]

  /// - Parameter rows: names and calls of the first passes; what is not named is not run.
  private init(_ kernel: KernelCase, _ rows: (name: String, calls: Int)...) {
    self.kernel = kernel
    self.rows = rows.enumerated().map { Row(name: $1.name, pass: $0, callsPerImage: $1.calls) }
  }

  /// A layer whose passes are all called as often.
  private static func layer(_ name: String, calls: Int, _ kernel: KernelCase) -> PublishedKernel {
    kernel.passes.count == 3
      ? PublishedKernel(
        kernel, ("\(name) forward", calls), ("\(name) input gradient", calls),
        ("\(name) weight gradient", calls))
      : PublishedKernel(kernel, ("\(name) forward", calls), ("\(name) weight gradient", calls))
  }
}

extension PublishedKernel {
  /// All kernels at the sizes of an image of 375 × 500 pixels.
  public static func all(precision: Precision) -> [PublishedKernel] {
    let rounding = PublishedKernel(
      .rounding(rows: tokens, columns: hidden), ("rounding to bfloat16", 12 * layers))
    return products + [attention] + normalizations + windows
      + (precision == .bf16 ? [rounding] : []) + updates
  }

  private static let (patches, tokens, layers, hidden, mlp) = (342, 343, 14, 384, 1152)
  /// Patches pass through the convolutions eight at a time.
  private static let (chunk, chunks) = (8, patches / 8)

  private static var products: [PublishedKernel] {
    [
      layer(
        "query, key, value, output", calls: 4 * layers,
        .product(rows: tokens, inputs: hidden, outputs: hidden)),
      layer("MLP expand", calls: layers, .product(rows: tokens, inputs: hidden, outputs: mlp)),
      layer("MLP contract", calls: layers, .product(rows: tokens, inputs: mlp, outputs: hidden)),
      layer("patch embedding", calls: 1, .product(rows: patches, inputs: 16384, outputs: hidden)),
      layer(
        "root convolution", calls: patches,
        .product(rows: 256, inputs: 147, outputs: 64, hasInputGradient: false)),
      layer("3 × 3 convolution", calls: patches, .product(rows: 64, inputs: 576, outputs: 64)),
      layer("reduce 1 × 1", calls: chunks, .product(rows: 512, inputs: 64, outputs: 64)),
      layer(
        "expand and project 1 × 1", calls: 2 * chunks,
        .product(rows: 512, inputs: 64, outputs: 256)),
    ]
  }

  /// The last block has one query only and is not counted.
  private static var attention: PublishedKernel {
    PublishedKernel(
      .attention(
        KernelCase.AttentionRows(queries: [0, tokens], keys: [0, tokens]), heads: 6, headSize: 64),
      ("attention forward", layers - 1), ("attention backward", layers - 1))
  }

  private static var normalizations: [PublishedKernel] {
    func norm(_ name: String, positions: Int, channels: Int) -> PublishedKernel {
      PublishedKernel(
        .groupNorm(
          GroupNormShape(patches: chunk, positions: positions, channels: channels, groups: 32),
          rectify: true, epsilon: 1e-6),
        ("\(name) forward", 2 * chunks), ("\(name) backward", 2 * chunks))
    }
    return [
      norm("group norm, root", positions: 256, channels: 64),
      norm("group norm, sum", positions: 64, channels: 256),
      PublishedKernel(
        .layerNorm(rows: tokens, columns: hidden), ("layer norm forward", 2 * layers),
        ("layer norm backward", 2 * layers)),
      PublishedKernel(
        .gelu(rows: tokens, columns: mlp), ("bias and GELU forward", 2 * layers),
        ("bias and GELU backward", layers)),
      PublishedKernel(
        .columnSums(rows: tokens, columns: hidden), ("column sums", 5 * layers)),
    ]
  }

  private static var windows: [PublishedKernel] {
    [
      PublishedKernel(
        .maxPool(
          patches: chunk, WindowGeometry(side: 16, channels: 64, size: 3, stride: 2)),
        ("max pool forward", chunks), ("max pool backward", chunks)),
      PublishedKernel(
        .windows(WindowGeometry(side: 32, channels: 3, size: 7, stride: 2)),
        ("unfold 7 × 7", 2 * patches)),
      PublishedKernel(
        .windows(WindowGeometry(side: 8, channels: 64, size: 3, stride: 1)),
        ("unfold 3 × 3", 2 * patches), ("fold 3 × 3", patches)),
    ]
  }

  /// What a step does once, whatever its images: on a part of the parameters that no cache holds.
  private static var updates: [PublishedKernel] {
    let step = AdamWStep(
      learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1,
      firstCorrection: 1, secondCorrection: 1, gradientScale: 1)
    return [
      PublishedKernel(.adamW(count: 1 << 22, step), ("AdamW", 0)),
      PublishedKernel(.sum(count: 1 << 23), ("gradient sum of two shards", 0)),
    ]
  }
}
