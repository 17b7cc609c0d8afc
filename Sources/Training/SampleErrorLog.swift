// Samples that could not be used, collected from worker threads until the step is over.

import Foundation
import ImageData

final class SampleErrorLog: @unchecked Sendable {
  private let lock = NSLock()
  private var errors: [SampleError] = []

  func add(_ error: SampleError) { lock.withLock { errors.append(error) } }

  /// The errors since the last call, in order of sample id.
  func take() -> [SampleError] {
    lock.withLock {
      defer { errors = [] }
      return errors.sorted { $0.sample < $1.sample }
    }
  }
}
