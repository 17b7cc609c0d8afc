// How variables come to be, and how long their memory lives.

import Kernels

extension Tape {
  /// A variable without a gradient, whose memory the caller keeps alive until `reset`.
  public func constant(
    _ value: UnsafeMutablePointer<Float>, rows: Int, columns: Int
  ) -> Variable {
    Variable(
      slot: Variable.constant, firstRow: 0, ownsSlot: false, rows: rows, columns: columns,
      value: value)
  }

  /// A new variable with undefined contents, to be filled by operations through views of its rows.
  /// - Parameter operandOnly: see `output`.
  public func buffer(rows: Int, columns: Int, operandOnly: Bool = false) -> Variable {
    let variable = output(rows: rows, columns: columns, operandOnly: operandOnly)
    record(.buffer(variable))
    return variable
  }

  /// A new variable for the result of an operation.
  /// - Parameter operandOnly: nothing but matrix products will read it. In bfloat16 a recording
  ///   tape then keeps the rounded copy alone, a third of the memory of both; write it by
  ///   `withResult`.
  func output(rows: Int, columns: Int, operandOnly: Bool = false) -> Variable {
    let isRounded = operandOnly && isRecording && bfloat16 != nil
    let slot = newSlot(rounded: isRounded ? bfloat16Scratch(rows * columns) : nil)
    return Variable(
      slot: slot, firstRow: 0, ownsSlot: true, isRounded: isRounded, rows: rows,
      columns: columns, value: isRounded ? Self.noValue : arena.allocate(rows * columns))
  }

  /// A slot for the gradient of a new variable and, in bfloat16, for its rounded copy.
  private func newSlot(rounded copy: UnsafeMutablePointer<BFloat16>? = nil) -> Int {
    if bfloat16 != nil { roundedCopies.append(copy) }
    return gradients.append()
  }

  /// The value of a variable that has none: reading it faults.
  private static var noValue: UnsafeMutablePointer<Float> {
    UnsafeMutablePointer(bitPattern: 64)!  // not null, so there is one
  }

  /// Runs `body`; when not recording, keeps only its result and frees everything else it allocated,
  /// so that inference on a photograph needs the memory of one block, not of all.
  public func keepingOnly(rows: Int, columns: Int, _ body: () -> Variable) -> Variable {
    guard !isRecording else { return body() }
    let kept = output(rows: rows, columns: columns)
    fill(kept, with: body)
    return kept
  }

  /// As `keepingOnly`, with the result in the memory of `input`, which must not be read afterwards:
  /// a stack of layers needs one state, not one per layer.
  public func replacing(_ input: Variable, _ body: () -> Variable) -> Variable {
    guard !isRecording else { return body() }
    let replaced = Variable(
      slot: newSlot(), firstRow: 0, ownsSlot: true, rows: input.rows, columns: input.columns,
      value: input.value)
    fill(replaced, with: body)
    return replaced
  }

  /// Copies the result of `body` to `variable` and gives back all that it allocated.
  private func fill(_ variable: Variable, with body: () -> Variable) {
    let mark = arena.mark
    let result = body()
    precondition(
      result.rows == variable.rows && result.columns == variable.columns, "unexpected result shape")
    copy(result.value, to: variable.value, count: variable.count)
    arena.release(to: mark)
  }

  /// Runs `body`, whose result went into a buffer made before; when not recording, frees what it
  /// allocated.
  public func discardingTemporaries(_ body: () -> Void) {
    let mark = arena.mark
    body()
    if !isRecording { arena.release(to: mark) }
  }
}
