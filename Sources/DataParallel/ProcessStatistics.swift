// What the operating system says about this process.

import Foundation

/// Peak resident memory of this process in GiB (`getrusage`).
public func peakResidentGiB() -> Double {
  var usage = rusage()
  guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return 0 }
  return Double(usage.ru_maxrss) / 1_048_576
}
