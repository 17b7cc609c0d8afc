// Numbers and durations as text.

import Foundation

/// `value` with `digits` decimals.
public func fixed(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

/// `value` as 1.00e-03.
public func scientific(_ value: Double) -> String { String(format: "%.2e", value) }

/// Seconds as h:mm:ss.
public func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "-" }
  let total = Int(max(0, seconds).rounded())
  return String(format: "%d:%02d:%02d", total / 3600, total / 60 % 60, total % 60)
}
