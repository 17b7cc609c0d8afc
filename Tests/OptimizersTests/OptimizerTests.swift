import Optimizers
import Tensors
import TestSupport
import Testing

@Suite struct OptimizerTests {
  /// Trained, untrained in the middle, and at the end; sizes with and without padding.
  static let layout = ParameterLayout([
    ParameterSpecification("a/kernel", [7, 5], .zeros),
    ParameterSpecification("a/bias", [5], .zeros),
    ParameterSpecification("key/bias", [6], .zeros, isTrained: false),
    ParameterSpecification("b/kernel", [16, 3], .zeros),
    ParameterSpecification("b/scale", [33], .zeros),
    ParameterSpecification("last/bias", [9], .zeros, isTrained: false),
  ])
  static let steps = 6
  static let rate: Float = 0.01
  static let scale: Float = 0.25

  enum Kind: CaseIterable {
    case adamW, momentum
    func optimizer(_ plan: UpdatePlan) -> any Optimizer {
      switch self {
      case .adamW: AdamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1, plan: plan)
      case .momentum: MomentumSGD(momentum: 0.9, weightDecay: 0.1, plan: plan)
      }
    }
  }

  /// Zero in the padding, like every flat store.
  private static func flat(_ name: String) -> [Float] {
    var values = [Float](repeating: 0, count: layout.storageCount)
    for entry in layout.entries {
      values.replaceSubrange(entry.range, with: randomValues("\(name) \(entry.name)", entry.count))
    }
    return values
  }

  /// Parameters and moments after all steps, every segment updated by itself.
  private static func train(
    _ kind: Kind, segments: [Range<Int>], decayOnlyKernels: Bool = false
  ) -> (parameters: [Float], moments: [[Float]]) {
    let optimizer = kind.optimizer(
      UpdatePlan(layout: layout, decayOnlyKernels: decayOnlyKernels))
    let parameters = GuardedBuffer(flat("start"))
    let moments = segments.map { segment in
      optimizer.momentNames.map { _ in GuardedBuffer([Float](repeating: 0, count: segment.count)) }
    }
    for step in 1...steps {
      let gradient = flat("gradient \(step)")
      for (segment, moments) in zip(segments, moments) {
        optimizer.update(
          UpdateSegment(
            parameters: parameters.pointer,
            gradient: GuardedBuffer(Array(gradient[segment])).pointer,
            moments: moments.map(\.pointer), segment: segment),
          step: step, learningRate: rate * Float(step), gradientScale: scale)
      }
    }
    #expect(parameters.isIntact && moments.joined().allSatisfy { $0.isIntact })
    return (
      parameters.values,
      optimizer.momentNames.indices.map { name in moments.flatMap { $0[name].values } }
    )
  }

  @Test("several updates equal the twin", arguments: Kind.allCases, [false, true])
  func twin(kind: Kind, decayOnlyKernels: Bool) {
    let (actual, moments) = Self.train(
      kind, segments: [0..<Self.layout.storageCount], decayOnlyKernels: decayOnlyKernels)
    let start = Self.flat("start")
    for entry in Self.layout.entries {
      var p = start[entry.range].doubles
      var m = p.map { _ in 0.0 }
      var v = m
      let decay = decayOnlyKernels && !entry.name.hasSuffix("kernel") ? 0 : 0.1
      for step in 1...Self.steps where entry.specification.isTrained {
        let gradient = Self.flat("gradient \(step)")[entry.range].doubles.map { $0 * 0.25 }
        let rate = Double(Self.rate) * Double(step)
        for i in p.indices {
          switch kind {
          case .adamW:
            Naive.adamW(
              &p[i], &m[i], &v[i], gradient: gradient[i], step: step,
              Naive.AdamW(
                learningRate: rate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: decay))
          case .momentum:
            Naive.momentum(
              &p[i], &m[i], gradient: gradient[i], learningRate: rate, momentum: 0.9,
              weightDecay: decay)
          }
        }
      }
      // β₂ as a Float is 0.99900001: after six steps √v̂ is about 1e-5 off, times rates up to 0.06.
      #expect(deviation(actual[entry.range], p) <= 2e-6, "\(entry.name)")
      #expect(deviation(moments[0][entry.range], m) <= 2e-6, "\(entry.name)")
      if kind == .adamW { #expect(deviation(moments[1][entry.range], v) <= 5e-5) }
    }
  }

  @Test("any split into segments gives the same bits", arguments: Kind.allCases)
  func splits(kind: Kind) {
    let count = Self.layout.storageCount
    let whole = Self.train(kind, segments: [0..<count])
    let splits = [
      FlatPartition(count: count, parts: 3, blockSize: 16).segments,
      FlatPartition(count: count, parts: 40, blockSize: 16).segments,
      [0..<1, 1..<50, 50..<50, 50..<83, 83..<count],
    ]
    for segments in splits {
      let parts = Self.train(kind, segments: segments)
      #expect(parts.parameters == whole.parameters)
      #expect(parts.moments == whole.moments)
    }
  }

  @Test(
    "untrained parameters, their moments and all padding stay as they are",
    arguments: Kind.allCases)
  func untouched(kind: Kind) {
    let (parameters, moments) = Self.train(kind, segments: [0..<Self.layout.storageCount])
    let start = Self.flat("start")
    let trained = Set(
      Self.layout.entries.filter(\.specification.isTrained).flatMap { Array($0.range) })
    for i in 0..<Self.layout.storageCount {
      if trained.contains(i) {
        #expect(parameters[i] != start[i])
      } else {
        #expect(parameters[i] == start[i] && moments.allSatisfy { $0[i] == 0 })
      }
    }
  }

  @Test("with decayOnlyKernels a zero gradient moves kernels only", arguments: Kind.allCases)
  func decay(kind: Kind) {
    let optimizer = kind.optimizer(UpdatePlan(layout: Self.layout, decayOnlyKernels: true))
    let count = Self.layout.storageCount
    let zeros = [Float](repeating: 0, count: count)
    let parameters = GuardedBuffer(Self.flat("start"))
    optimizer.update(
      UpdateSegment(
        parameters: parameters.pointer, gradient: GuardedBuffer(zeros).pointer,
        moments: optimizer.momentNames.map { _ in GuardedBuffer(zeros).pointer },
        segment: 0..<count), step: 1, learningRate: 1, gradientScale: 1)
    let start = Self.flat("start")
    for entry in Self.layout.entries {
      let factor: Float = entry.name.hasSuffix("kernel") ? 0.9 : 1
      let expected = start[entry.range].map { Double($0 * factor) }
      #expect(deviation(parameters.values[entry.range], expected) <= 1e-6, "\(entry.name)")
    }
  }

  @Test("moments are named as in checkpoints")
  func names() {
    let plan = UpdatePlan(layout: Self.layout, decayOnlyKernels: false)
    #expect(Kind.adamW.optimizer(plan).momentNames == ["firstMoment", "secondMoment"])
    #expect(Kind.momentum.optimizer(plan).momentNames == ["momentum"])
  }
}
