// What matrix products read: float32 as it is, or in bfloat16 copies that are rounded once.

import Kernels

/// Parameters rounded to bfloat16 once per step, at the same offsets as the float32 ones.
public struct BFloat16Parameters {
  let parameters: UnsafePointer<BFloat16>
  let prepared: UnsafePointer<BFloat16>
  public init(parameters: UnsafePointer<BFloat16>, prepared: UnsafePointer<BFloat16>) {
    (self.parameters, self.prepared) = (parameters, prepared)
  }
}

/// The rounded copies of the variables of one micro-batch, by the slot of their gradient; empty in
/// float32.
struct RoundedCopies {
  private var copies: [UnsafeMutablePointer<BFloat16>?] = []

  mutating func removeAll() { copies.removeAll(keepingCapacity: true) }

  /// The copy of a new variable, nil until it is needed.
  mutating func append(_ copy: UnsafeMutablePointer<BFloat16>?) { copies.append(copy) }

  /// The copy of the variable that owns `slot`.
  subscript(slot: Int) -> UnsafeMutablePointer<BFloat16>? {
    get { copies[slot] }
    set { copies[slot] = newValue }
  }
}

extension Tape {
  /// A variable as operand. In bfloat16 it is rounded once, whoever uses it and however often.
  func operand(of variable: Variable) -> MatrixView {
    let (rows, columns) = (variable.rows, variable.columns)
    guard bfloat16 != nil else { return MatrixView(variable.value, rows: rows, columns: columns) }
    if variable.isRounded {
      return MatrixView(roundedValues(of: variable), rows: rows, columns: columns)
    }
    if variable.ownsSlot, let known = roundedCopies[variable.slot] {
      return MatrixView(known, rows: rows, columns: columns)
    }
    precondition(
      !variable.ownsSlot || temporaryDepth == 0, "a rounded variable would not outlive a workspace")
    let copy = roundedCopy(of: variable.value, count: variable.count)
    if variable.ownsSlot { roundedCopies[variable.slot] = copy }
    return MatrixView(copy, rows: rows, columns: columns)
  }

  /// A weight as operand.
  func operand(of weight: WeightSource) -> MatrixView {
    let (rows, columns) = (weight.parameter.rows, weight.parameter.columns)
    guard let bfloat16 else {
      return MatrixView(weight.value(on: self), rows: rows, columns: columns)
    }
    let values =
      weight.preparedOffset.map { bfloat16.prepared + $0 }
      ?? bfloat16.parameters + weight.parameter.offset
    return MatrixView(values, rows: rows, columns: columns)
  }

  /// Runs `body` with a gradient as operand; a rounded copy lives as long as `body` runs.
  func withOperand(
    _ gradient: UnsafePointer<Float>, rows: Int, columns: Int, _ body: (MatrixView) -> Void
  ) {
    guard bfloat16 != nil else {
      return body(MatrixView(gradient, rows: rows, columns: columns))
    }
    temporarily {
      body(
        MatrixView(
          roundedCopy(of: gradient, count: rows * columns), rows: rows, columns: columns))
    }
  }

  /// Runs `body` with the memory of a result to be written, which is rounded afterwards if only the
  /// rounded copy is kept.
  func withResult(_ variable: Variable, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    guard variable.isRounded else { return body(variable.value) }
    withWorkspace(variable.count) { workspace in
      body(workspace)
      round(workspace, into: roundedValues(of: variable), count: variable.count)
    }
  }

  /// Runs `body` with the values of a variable, expanded if only the rounded copy was kept.
  func withValues(of variable: Variable, _ body: (UnsafePointer<Float>) -> Void) {
    guard variable.isRounded else { return body(variable.value) }
    withWorkspace(variable.count) { workspace in
      expand(roundedValues(of: variable), into: workspace, count: variable.count)
      body(workspace)
    }
  }

  /// `count` bfloat16 numbers of arena memory.
  func bfloat16Scratch(_ count: Int) -> UnsafeMutablePointer<BFloat16> {
    UnsafeMutableRawPointer(arena.allocate((count + 1) / 2))
      .bindMemory(to: BFloat16.self, capacity: count)
  }

  /// The memory of a variable that is kept rounded only.
  private func roundedValues(of variable: Variable) -> UnsafeMutablePointer<BFloat16> {
    guard let base = roundedCopies[variable.slot] else {
      preconditionFailure("not a rounded variable")
    }
    return base + variable.firstRow * variable.columns
  }

  private func roundedCopy(
    of values: UnsafePointer<Float>, count: Int
  ) -> UnsafeMutablePointer<BFloat16> {
    let copy = bfloat16Scratch(count)
    round(values, into: copy, count: count)
    return copy
  }
}
