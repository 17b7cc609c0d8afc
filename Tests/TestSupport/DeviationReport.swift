// How far from the golden data we are, beyond passing.

/// The largest deviations of a test, by group. `Tests/run.sh` collects the lines it prints into a table.
public struct DeviationReport {
  private var largest: [String: Double] = [:]

  public init() {}

  /// Takes part in the maximum of `group`; returns the deviation, to be compared with a tolerance.
  public mutating func note(_ group: String, _ deviation: Double) -> Double {
    largest[group] = max(largest[group] ?? 0, deviation)
    return deviation
  }

  public func print(_ test: String) {
    for (group, deviation) in largest.sorted(by: { $0.key < $1.key }) {
      Swift.print("golden: \(group), \(test): \(deviation)")
    }
  }
}
