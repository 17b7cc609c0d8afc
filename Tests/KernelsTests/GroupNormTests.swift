import Kernels
import TestSupport
import Testing

@Suite struct GroupNormTests {
  /// As for layer norm; a group of three values loses two of its three degrees of freedom, so what is
  /// left of a gradient is a difference of larger numbers.
  static let tolerance = 2e-5
  static let epsilon: Float = 1e-4

  /// Sizes with one channel per group, groups narrower and wider than a vector, and the real ones
  /// (root norm: 64 channels in 32 groups; block output: 256 in 32).
  struct Sizes: CustomTestStringConvertible {
    var patches, positions, channels, groups: Int
    var testDescription: String { "\(patches) × \(positions) × \(channels) / \(groups)" }
    var shape: GroupNormShape {
      GroupNormShape(
        patches: patches, positions: positions, channels: channels, groups: groups)
    }
    var twin: Naive.Groups {
      Naive.Groups(patches: patches, positions: positions, channels: channels, groups: groups)
    }
  }
  static let sizes = [
    Sizes(patches: 1, positions: 3, channels: 1, groups: 1),
    Sizes(patches: 2, positions: 5, channels: 3, groups: 3),
    Sizes(patches: 2, positions: 4, channels: 15, groups: 5),
    Sizes(patches: 3, positions: 7, channels: 16, groups: 4),
    Sizes(patches: 1, positions: 9, channels: 34, groups: 2),
    Sizes(patches: 2, positions: 16, channels: 64, groups: 32),
  ]
  static let realistic = Sizes(patches: 2, positions: 64, channels: 256, groups: 32)

  private struct Run {
    let sizes: Sizes
    let rectify: Bool
    let x, scale, bias, y, mean, inverseDeviation, scratch: GuardedBuffer
    let residual: GuardedBuffer?

    init(_ sizes: Sizes, hasResidual: Bool, rectify: Bool) {
      self.sizes = sizes
      self.rectify = rectify
      let count = sizes.patches * sizes.positions * sizes.channels
      x = GuardedBuffer(randomValues("x", count, mean: 0.5))
      scale = GuardedBuffer(randomValues("scale", sizes.channels, mean: 1, deviation: 0.3))
      bias = GuardedBuffer(randomValues("bias", sizes.channels))
      residual = hasResidual ? GuardedBuffer(randomValues("residual", count)) : nil
      y = GuardedBuffer(unwritten: count)
      mean = GuardedBuffer(unwritten: sizes.patches * sizes.groups)
      inverseDeviation = GuardedBuffer(unwritten: sizes.patches * sizes.groups)
      scratch = GuardedBuffer(unwritten: sizes.shape.scratchCount)
      groupNormForward(
        y: y.pointer, mean: mean.pointer, inverseDeviation: inverseDeviation.pointer,
        x: x.pointer, scale: scale.pointer, bias: bias.pointer,
        residual: residual.map { UnsafePointer($0.pointer) }, shape: sizes.shape,
        epsilon: epsilon, rectify: rectify, scratch: scratch.pointer)
    }

    func twin(
      x: [Double]? = nil, scale: [Double]? = nil, bias: [Double]? = nil, residual: [Double]? = nil
    ) -> [Double] {
      Naive.groupNorm(
        x ?? self.x.values.doubles, scale: scale ?? self.scale.values.doubles,
        bias: bias ?? self.bias.values.doubles,
        residual: residual ?? self.residual?.values.doubles, sizes.twin,
        epsilon: Double(epsilon), rectify: rectify)
    }
  }

  @Test("forward equals the twin", arguments: sizes + [realistic], [false, true])
  func forward(sizes: Sizes, hasResidualAndReLU: Bool) {
    let run = Run(sizes, hasResidual: hasResidualAndReLU, rectify: hasResidualAndReLU)
    #expect(deviation(run.y.values, run.twin()) <= Self.tolerance)
    #expect(
      run.y.isIntact && run.mean.isIntact && run.inverseDeviation.isIntact && run.scratch.isIntact)
  }

  /// Which optional parts take part.
  struct Variant {
    var hasResidual, rectify, accumulate: Bool
  }
  static let variants = [
    Variant(hasResidual: false, rectify: false, accumulate: false),
    Variant(hasResidual: false, rectify: true, accumulate: true),
    Variant(hasResidual: true, rectify: true, accumulate: false),
    Variant(hasResidual: true, rectify: false, accumulate: true),
  ]

  @Test("backward equals numerical gradients", arguments: sizes, variants)
  func backward(sizes: Sizes, variant: Variant) {
    let run = Run(sizes, hasResidual: variant.hasResidual, rectify: variant.rectify)
    let w = randomValues("w", run.y.count)
    let old = randomValues("old", run.x.count)
    let oldResidual = randomValues("old residual", run.x.count)
    let oldScale = randomValues("old scale", sizes.channels)
    func target(_ old: [Float]) -> GuardedBuffer {
      variant.accumulate ? GuardedBuffer(old) : GuardedBuffer(unwritten: old.count)
    }
    let (xGradient, residualGradient) = (target(old), target(oldResidual))
    let (scaleGradient, biasGradient) = (GuardedBuffer(oldScale), GuardedBuffer(oldScale))
    groupNormBackward(
      xGradient: xGradient.pointer, scaleGradient: scaleGradient.pointer,
      biasGradient: biasGradient.pointer,
      residualGradient: variant.hasResidual ? residualGradient.pointer : nil,
      yGradient: GuardedBuffer(w).pointer, y: run.y.pointer, x: run.x.pointer,
      scale: run.scale.pointer, mean: run.mean.pointer,
      inverseDeviation: run.inverseDeviation.pointer, shape: sizes.shape,
      rectify: variant.rectify, accumulate: variant.accumulate,
      accumulateResidual: variant.accumulate, scratch: run.scratch.pointer)

    let entries = sampledEntries(run.x.count, limit: 40)
    func check(_ actual: GuardedBuffer, _ gradient: [Double], _ old: [Float]?, _ entries: [Int]) {
      let expected = old.map { plus(gradient, $0, entries) } ?? gradient
      #expect(deviation(actual.values.at(entries), expected) <= Self.tolerance)
      #expect(actual.isIntact)
    }
    check(
      xGradient,
      numericalGradient(at: run.x.values.doubles, entries: entries) {
        projection(run.twin(x: $0), w.doubles)
      }, variant.accumulate ? old : nil, entries)
    if let residual = run.residual {
      check(
        residualGradient,
        numericalGradient(at: residual.values.doubles, entries: entries) {
          projection(run.twin(residual: $0), w.doubles)
        }, variant.accumulate ? oldResidual : nil, entries)
    }
    let channels = sampledEntries(sizes.channels)
    check(
      scaleGradient,
      numericalGradient(at: run.scale.values.doubles, entries: channels) {
        projection(run.twin(scale: $0), w.doubles)
      }, oldScale, channels)
    check(
      biasGradient,
      numericalGradient(at: run.bias.values.doubles, entries: channels) {
        projection(run.twin(bias: $0), w.doubles)
      }, oldScale, channels)
  }
}
