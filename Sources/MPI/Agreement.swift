// Ranks that must know the same: a value of rank 0, the values of all, an error of any. What travels is
// Codable; long arrays of numbers have the typed collectives beside this file.
//
// An error of one rank is no error of the others, and a rank that throws alone leaves the rest waiting in
// the next collective. Work that can fail on one rank therefore ends in one of these functions, which
// throw the same error on every rank or on none.

import Failures
import Foundation

extension Communicator {
  /// Runs `work` on rank 0; every rank gets its value, or throws its error.
  ///
  /// - Collective. `work` itself must call no collective of this communicator.
  /// - Throws: the error of `work`, the same on every rank; `MPIError`.
  /// - Cost: two broadcasts of the value in JSON, a few microseconds for a line of text.
  public func onRoot<Value: Codable, Problem: SharedFailure>(
    _ work: () throws(Problem) -> Value
  ) throws -> Value {
    guard size > 1 else { return try work() }
    var outcome: Outcome<Value, Problem>?
    if rank == 0 { outcome = Outcome(work) }
    return try broadcast(outcome).get()
  }

  /// As `onRoot` for work without a result.
  public func onRoot<Problem: SharedFailure>(_ work: () throws(Problem) -> Void) throws {
    _ = try onRoot { () throws(Problem) in
      try work()
      return true
    }
  }

  /// The value of rank 0 on every rank; the others' values are ignored.
  /// - Collective. Throws: `MPIError`.
  public func shared<Value: Codable>(_ value: Value) throws -> Value {
    size > 1 ? try broadcast(rank == 0 ? value : nil) : value
  }

  /// The values of all ranks in rank order.
  /// - Collective. Throws: `MPIError`.
  public func gather<Value: Codable>(_ value: Value) throws -> [Value] {
    guard size > 1 else { return [value] }
    return try allGather(Wire.encode(value)).map { try Wire.decode(Value.self, from: $0) }
  }

  /// Runs `work` on every rank; if it throws on any, every rank throws the error of the lowest such rank.
  ///
  /// - Collective. `work` itself must call no collective of this communicator: a rank that fails inside of
  ///   it would not take part.
  /// - Throws: the error of `work`, the same on every rank; `MPIError`.
  /// - Cost: one all-reduce of 4 bytes where nothing fails.
  public func together<Value, Problem: SharedFailure>(
    _ work: () throws(Problem) -> Value
  ) throws -> Value {
    let result = Result(catching: work)
    if case .failure(let problem) = result {
      try agree(on: problem)
    } else {
      try agree(on: Problem?.none)
    }
    return try result.get()
  }

  /// Throws on every rank if any rank has an error: the one of the lowest rank that has one.
  /// - Collective. Throws: the agreed error, `MPIError`.
  /// - Cost: one all-reduce of 4 bytes where nobody has an error.
  public func agree<Problem: SharedFailure>(on own: Problem?) throws {
    let first = try allReduce(Int32(own == nil ? size : rank), .minimum)
    guard first < size else { return }
    throw try broadcast(own, from: Int(first))
  }

  /// Whether any rank says yes.
  /// - Collective. Throws: `MPIError`.
  public func anyRank(_ own: Bool) throws -> Bool {
    try allReduce(Int32(own ? 1 : 0), .maximum) > 0
  }

  /// The value of `root`, which must have one, on every rank.
  private func broadcast<Value: Codable>(_ value: Value?, from root: Int = 0) throws -> Value {
    var bytes: [UInt8] = []
    if rank == root, let value { bytes = try Wire.encode(value) }
    return try Wire.decode(Value.self, from: try broadcast(bytes, from: root))
  }
}

/// Agreement where there may be no ranks: nil is one process alone.
extension Communicator? {
  /// See `Communicator.onRoot`.
  public func onRoot<Value: Codable, Problem: SharedFailure>(
    _ work: () throws(Problem) -> Value
  ) throws -> Value {
    guard let self else { return try work() }
    return try self.onRoot(work)
  }

  /// See `Communicator.onRoot`.
  public func onRoot<Problem: SharedFailure>(_ work: () throws(Problem) -> Void) throws {
    guard let self else { return try work() }
    try self.onRoot(work)
  }

  /// See `Communicator.gather`.
  public func gather<Value: Codable>(_ value: Value) throws -> [Value] {
    try self?.gather(value) ?? [value]
  }

  /// See `Communicator.together`.
  public func together<Value, Problem: SharedFailure>(
    _ work: () throws(Problem) -> Value
  ) throws -> Value {
    guard let self else { return try work() }
    return try self.together(work)
  }
}

/// A value or an error, on its way.
private enum Outcome<Value: Codable, Problem: SharedFailure>: Codable {
  case value(Value)
  case problem(Problem)

  init(_ work: () throws(Problem) -> Value) {
    do throws(Problem) { self = .value(try work()) } catch { self = .problem(error) }
  }

  func get() throws(Problem) -> Value {
    switch self {
    case .value(let value): return value
    case .problem(let problem): throw problem
    }
  }
}

/// Values as bytes: JSON, in which doubles come back with the same bits and infinities have names.
private enum Wire {
  // In a list of one, because older decoders refuse a number or a text alone.
  static func encode(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return Array(try encoder.encode([value]))
  }

  static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws -> Value {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return try decoder.decode([Value].self, from: Data(bytes))[0]
  }
}
