// What a step did, and how long it took.

/// One update.
public struct StepResult: Sendable {
  /// Sums over the images of the batch.
  public let statistics: ShardStatistics
  /// Mean loss over the images that counted; NaN if none did.
  public let loss: Double
  /// Norm of the mean gradient before clipping; 0 if no image counted.
  public var gradientNorm = 0.0
  public let learningRate: Double
  public var seconds: StepSeconds
  let requests: StepRequests

  init(_ agreed: StepAgreement, learningRate: Double) {
    statistics = agreed.total
    loss = agreed.total.loss / agreed.total.weight
    self.learningRate = learningRate
    seconds = agreed.seconds
    requests = agreed.requests
  }
}

/// Where the time of a step went, on this rank.
public struct StepSeconds: Sendable {
  public private(set) var total = 0.0
  /// Longest time that a worker waited for images.
  public let data: Double
  /// Time of the slowest worker, without its waiting for images.
  public let compute: Double
  /// Exchange of gradients and parameters, with norm and update.
  public private(set) var communication = 0.0
  /// Waiting for slower ranks before the exchange.
  public let wait: Double

  /// - Parameters:
  ///   - joined: from the beginning of the step to the end of the slowest worker.
  ///   - data: longest time that a worker waited for images.
  ///   - wait: from there until all ranks have met.
  init(joined: Double, data: Double, wait: Double) {
    self.data = data
    compute = max(0, joined - data)
    self.wait = wait
  }

  /// What is left of the whole step is communication.
  mutating func end(total: Double) {
    self.total = total
    communication = max(0, total - data - compute - wait)
  }
}
