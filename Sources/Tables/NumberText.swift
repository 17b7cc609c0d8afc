// Numbers and durations as text.

import Foundation

/// `value` with `digits` decimals.
public func fixed(_ value: Double, _ digits: Int) -> String {
  String(format: "%.\(digits)f", value)
}

/// `value` as 1.00e-03.
public func scientific(_ value: Double) -> String { String(format: "%.2e", value) }

/// `value` with `digits` significant digits.
public func brief(_ value: Double, digits: Int = 4) -> String {
  String(format: "%.\(digits)g", value)
}

/// Seconds as h:mm:ss.
public func duration(_ seconds: Double) -> String {
  guard seconds.isFinite, seconds < 1e9 else { return "-" }
  let total = Int(max(0, seconds).rounded())
  return String(format: "%d:%02d:%02d", total / 3600, total / 60 % 60, total % 60)
}

/// A share in percent, with three significant digits and never in powers of ten.
public func percent(_ share: Double) -> String {
  let value = share * 100
  guard value > 0 else { return "0%" }
  let decimals = max(0, min(6, 2 - Int(log10(value).rounded(.down))))
  return String(format: "%.\(decimals)f%%", value)
}
