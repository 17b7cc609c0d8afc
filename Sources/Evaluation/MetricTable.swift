// Figures of one model on one set, by name, in the order in which people read them.

import MPI

/// One figure.
public struct Metric: Equatable, Sendable {
  /// As in reports: `srcc`, `plcc_logistic4`, `srcc.brightness`.
  public let name: String
  /// NaN if it does not exist, as the correlation of a constant list.
  public let value: Double
  /// 95 % interval of the bootstrap; nil for none.
  public internal(set) var interval: ClosedRange<Double>?
}

/// Figures, and what it takes to find their intervals.
public struct MetricTable: Equatable, Sendable {
  public private(set) var metrics: [Metric] = []
  /// Samples that the figures are of.
  public let count: Int
  /// The curve behind the figures that end in `_logistic4`.
  public internal(set) var fit: LogisticFit?
  private var sources: [Source] = []

  /// Where the values of resampled sets come from, for figures `first` and following.
  private struct Source: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
      /// SRCC, KRCC and PLCC of two lists.
      case correlations([Double], [Double])
      case mean([Double])
      case rootOfMean([Double])
    }
    let kind: Kind
    let first: Int
    var figures: Int { if case .correlations = kind { 3 } else { 1 } }
  }

  /// An empty table of `count` samples.
  public init(count: Int) { self.count = count }

  /// The figure of a name.
  public subscript(_ name: String) -> Metric? { metrics.first { $0.name == name } }

  /// Adds `srcc`, `krcc` and `plcc`, with `suffix` behind their names.
  mutating func addCorrelations(_ x: [Double], _ y: [Double], suffix: String = "") {
    sources.append(Source(kind: .correlations(x, y), first: metrics.count))
    add("srcc\(suffix)", ScoreAgreement.spearmanRankCorrelation(x, y))
    add("krcc\(suffix)", ScoreAgreement.kendallRankCorrelation(x, y))
    add("plcc\(suffix)", ScoreAgreement.pearsonLinearCorrelation(x, y))
  }

  /// Adds the mean of one value per sample.
  mutating func addMean(_ name: String, of values: [Double]) {
    sources.append(Source(kind: .mean(values), first: metrics.count))
    add(name, values.reduce(0, +) / Double(values.count))
  }

  /// Adds the root of the mean of one value per sample.
  mutating func addRootOfMean(_ name: String, of values: [Double]) {
    sources.append(Source(kind: .rootOfMean(values), first: metrics.count))
    add(name, (values.reduce(0, +) / Double(values.count)).squareRoot())
  }

  /// Adds a figure that has no interval.
  mutating func add(_ name: String, _ value: Double) {
    metrics.append(Metric(name: name, value: value, interval: nil))
  }

  /// Finds the intervals of all figures that have a source.
  /// - Collective: every rank calls this with the same table.
  /// - Cost: 20,000 samples and 1000 resamples take some seconds of one core, shared by the ranks.
  public mutating func findIntervals(_ bootstrap: Bootstrap, world: Communicator?) throws {
    let measures = sources.map(Self.measure)
    let intervals = try bootstrap.intervals(
      count: count, figures: sources.reduce(0) { $0 + $1.figures }, world: world
    ) { weights in measures.flatMap { $0(weights) } }
    var next = 0
    for source in sources {
      for figure in 0..<source.figures {
        metrics[source.first + figure].interval = intervals[next]
        next += 1
      }
    }
  }

  private static func measure(_ source: Source) -> ([Int32]) -> [Double] {
    func mean(_ values: [Double], _ weights: [Int32]) -> Double {
      var sum = 0.0
      for i in weights.indices { sum += Double(weights[i]) * values[i] }
      return sum / Double(values.count)
    }
    switch source.kind {
    case .correlations(let x, let y):
      let pairs = ResampledPairs(x, y)
      return { pairs.correlations($0) }
    case .mean(let values): return { [mean(values, $0)] }
    case .rootOfMean(let values): return { [mean(values, $0).squareRoot()] }
    }
  }
}
