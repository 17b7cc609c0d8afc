// The record of one micro-batch and its reversal.
//
// Forward: an operation computes its output in the arena and appends itself to the list. Backward: the
// list is walked from the end; each operation reads the gradient of its output and adds to the
// gradients of its inputs and parameters. There is no graph to search, because the list already is a
// topological order, and no closure, because every operation is a plain value.

import Kernels

/// Reverse-mode differentiation for one worker. Not thread-safe: each worker has its own tape.
public final class Tape {
  /// Flat parameter store, shared by all workers, read only.
  public let parameters: UnsafePointer<Float>
  /// Values derived from parameters once per step (standardised kernels), at the offsets their layers
  /// know.
  public let prepared: UnsafePointer<Float>?
  /// The same rounded to bfloat16; nil: products in float32.
  let half: HalfParameters?
  /// Flat gradient store that pullbacks add to; set before `backward`.
  public var parameterGradients: UnsafeMutablePointer<Float>?
  /// False for inference: nothing is recorded, and `keepingOnly` frees what a block no longer needs.
  public let isRecording: Bool
  /// Called during backward with an offset: the gradients of all parameters from there on are final.
  public var onGradientsFinal: ((_ fromOffset: Int) -> Void)?

  private let arena: Arena
  /// Owner of the parameter memory. Swift frees an object after its last use, which can be the moment
  /// its pointer was taken.
  private let owner: AnyObject?
  private var operations: [Operation] = []
  private var gradients: [UnsafeMutablePointer<Float>?] = []
  private var halves: [UnsafePointer<BFloat16>?] = []
  private var temporaryDepth = 0
  private var retained: [AnyObject] = []
  private var freeGradients: [(count: Int, pointer: UnsafeMutablePointer<Float>)] = []

  public init(
    parameters: UnsafePointer<Float>, prepared: UnsafePointer<Float>? = nil,
    half: HalfParameters? = nil, recording: Bool = true, arena: Arena = Arena(),
    owner: AnyObject? = nil
  ) {
    self.owner = owner
    self.half = half
    self.parameters = parameters
    self.prepared = prepared
    self.isRecording = recording
    self.arena = arena
  }

  /// Forgets the micro-batch; all its variables are dead.
  public func reset() {
    operations.removeAll(keepingCapacity: true)
    gradients.removeAll(keepingCapacity: true)
    halves.removeAll(keepingCapacity: true)
    freeGradients.removeAll(keepingCapacity: true)
    retained.removeAll(keepingCapacity: true)
    arena.reset()
  }

  // MARK: Forward

  /// Floats that live until `reset`, for statistics and workspaces of operations.
  func scratch(_ count: Int) -> UnsafeMutablePointer<Float> { arena.allocate(count) }

  /// Runs `body` with workspace that is given back when it returns.
  func withWorkspace(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    temporarily { body(arena.allocate(count)) }
  }

  /// Gives back what `body` allocates. Nothing in it may belong to a variable.
  private func temporarily(_ body: () -> Void) {
    let mark = arena.mark
    temporaryDepth += 1
    body()
    temporaryDepth -= 1
    arena.release(to: mark)
  }

  /// Keeps `object` alive until `reset`.
  public func retain(_ object: AnyObject) { retained.append(object) }

  /// Copies a small array, for example sequence offsets, to memory that lives until `reset`.
  public func keep<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
    let bytes = values.count * MemoryLayout<Element>.stride
    let memory = UnsafeMutableRawPointer(scratch((bytes + 3) / 4))
    let pointer = memory.bindMemory(to: Element.self, capacity: values.count)
    pointer.update(from: values, count: values.count)
    return UnsafePointer(pointer)
  }

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
  /// - Parameter operandOnly: nothing but matrix products will read it. In bfloat16 a recording tape then
  ///   keeps the rounded copy alone, a third of the memory of both; write it by `withResult`.
  func output(rows: Int, columns: Int, operandOnly: Bool = false) -> Variable {
    gradients.append(nil)
    let isRounded = operandOnly && isRecording && half != nil
    if half != nil { halves.append(isRounded ? halfScratch(rows * columns) : nil) }
    return Variable(
      slot: gradients.count - 1, firstRow: 0, ownsSlot: true, isRounded: isRounded, rows: rows,
      columns: columns, value: isRounded ? Self.noValue : arena.allocate(rows * columns))
  }

  /// The value of a variable that has none: reading it faults.
  private static var noValue: UnsafeMutablePointer<Float> {
    UnsafeMutablePointer(bitPattern: 64)!  // not null, so there is one
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

  /// The memory of a variable that is kept rounded only.
  private func roundedValues(of variable: Variable) -> UnsafeMutablePointer<BFloat16> {
    guard let base = halves[variable.slot] else { preconditionFailure("not a rounded variable") }
    return UnsafeMutablePointer(mutating: base) + variable.firstRow * variable.columns
  }

  func record(_ operation: Operation) {
    if isRecording { operations.append(operation) }
  }

  /// During backward, tells `onGradientsFinal` that parameters from `offset` on are complete once
  /// everything recorded after this point has been reversed. The caller promises that nothing recorded
  /// before it uses those parameters.
  public func markParameters(from offset: Int) { record(.milestone(offset)) }

  /// Runs `body`; when not recording, keeps only its result and frees everything else it allocated,
  /// so that inference on a photograph needs the memory of one block, not of all.
  public func keepingOnly(rows: Int, columns: Int, _ body: () -> Variable) -> Variable {
    guard !isRecording else { return body() }
    let kept = output(rows: rows, columns: columns)
    fill(kept, with: body)
    return kept
  }

  /// As `keepingOnly`, with the result in the memory of `input`, which nobody may read afterwards: a
  /// stack of layers needs one state, not one per layer.
  public func replacing(_ input: Variable, _ body: () -> Variable) -> Variable {
    guard !isRecording else { return body() }
    gradients.append(nil)
    if half != nil { halves.append(nil) }
    let replaced = Variable(
      slot: gradients.count - 1, firstRow: 0, ownsSlot: true, rows: input.rows,
      columns: input.columns, value: input.value)
    fill(replaced, with: body)
    return replaced
  }

  /// Copies the result of `body` to `variable` and gives back all that it allocated.
  private func fill(_ variable: Variable, with body: () -> Variable) {
    let mark = arena.mark
    let result = body()
    precondition(
      result.rows == variable.rows && result.columns == variable.columns, "unexpected result shape")
    copy(result.value, to: variable.value, count: variable.count, accumulate: false)
    arena.release(to: mark)
  }

  /// Runs `body`, whose result went into a buffer made before; when not recording, frees what it
  /// allocated.
  public func discardingTemporaries(_ body: () -> Void) {
    let mark = arena.mark
    body()
    if !isRecording { arena.release(to: mark) }
  }

  // MARK: Operands of matrix products

  /// A variable as operand. In bfloat16 it is rounded once, whoever uses it and however often.
  func operand(of variable: Variable) -> MatrixOperand {
    guard half != nil else { return MatrixOperand(variable.value, stride: variable.columns) }
    if variable.isRounded {
      return MatrixOperand(
        UnsafePointer(roundedValues(of: variable)), stride: variable.columns)
    }
    if variable.ownsSlot, let known = halves[variable.slot] {
      return MatrixOperand(known, stride: variable.columns)
    }
    precondition(
      !variable.ownsSlot || temporaryDepth == 0, "a rounded variable would not outlive a workspace")
    let copy = roundedCopy(of: variable.value, count: variable.count)
    if variable.ownsSlot { halves[variable.slot] = copy }
    return MatrixOperand(copy, stride: variable.columns)
  }

  /// A weight as operand.
  func operand(of weight: WeightSource) -> MatrixOperand {
    let columns = weight.parameter.columns
    guard let half else { return MatrixOperand(weight.value(on: self), stride: columns) }
    guard let offset = weight.preparedOffset else {
      return MatrixOperand(half.parameters + weight.parameter.offset, stride: columns)
    }
    return MatrixOperand(half.prepared + offset, stride: columns)
  }

  /// Runs `body` with a gradient as operand; a rounded copy lives as long as `body` runs.
  func withOperand(
    _ gradient: UnsafePointer<Float>, rows: Int, columns: Int, _ body: (MatrixOperand) -> Void
  ) {
    guard half != nil else { return body(MatrixOperand(gradient, stride: columns)) }
    temporarily {
      body(MatrixOperand(roundedCopy(of: gradient, count: rows * columns), stride: columns))
    }
  }

  private func roundedCopy(
    of values: UnsafePointer<Float>, count: Int
  ) -> UnsafePointer<BFloat16> {
    let copy = halfScratch(count)
    round(values, into: copy, count: count)
    return UnsafePointer(copy)
  }

  /// `count` bfloat16 numbers of arena memory.
  func halfScratch(_ count: Int) -> UnsafeMutablePointer<BFloat16> {
    UnsafeMutableRawPointer(arena.allocate((count + 1) / 2))
      .bindMemory(to: BFloat16.self, capacity: count)
  }

  // MARK: Backward

  /// Adds the gradient of a scalar with respect to every parameter to `parameterGradients`.
  ///
  /// `seed` writes the scalar's gradient with respect to `output` (`[rows, columns]`, to be filled
  /// completely).
  /// - Precondition: the tape is recording and `parameterGradients` is set.
  public func backward(from output: Variable, seed: (UnsafeMutablePointer<Float>) -> Void) {
    precondition(parameterGradients != nil, "parameterGradients is not set")
    seed(gradientTarget(of: output)!.pointer)
    for index in operations.indices.reversed() {
      operations[index].pullback(on: self)
    }
    onGradientsFinal?(0)
  }

  /// The gradient that has reached `variable`, or nil when nothing depends on it.
  public func gradient(of variable: Variable) -> UnsafePointer<Float>? {
    guard variable.slot != Variable.constant, let base = gradients[variable.slot] else {
      return nil
    }
    return UnsafePointer(base + variable.firstRow * variable.columns)
  }

  /// Where a pullback puts its contribution to `variable`: a pointer, and whether there is something
  /// to add to. A fresh target holds garbage and must be written completely. Nil for constants.
  func gradientTarget(
    of variable: Variable
  ) -> (pointer: UnsafeMutablePointer<Float>, accumulate: Bool)? {
    guard variable.slot != Variable.constant else { return nil }
    if let base = gradients[variable.slot] {
      return (base + variable.firstRow * variable.columns, true)
    }
    precondition(variable.ownsSlot, "the first gradient of a buffer must cover all of it")
    let pointer = takeGradient(variable.count)
    gradients[variable.slot] = pointer
    return (pointer, false)
  }

  /// As `gradientTarget`, but for a constant memory that nobody reads: for kernels that write the
  /// gradient of the input in the same pass as those of parameters.
  func gradientTargetOrDiscard(
    of variable: Variable
  ) -> (pointer: UnsafeMutablePointer<Float>, accumulate: Bool) {
    gradientTarget(of: variable) ?? (scratch(variable.count), false)
  }

  /// Makes the gradient of `source` the first gradient of `target` without copying, if nothing has
  /// reached `target` yet; otherwise adds it. `source` must not be read afterwards.
  func moveGradient(of source: Variable, to target: Variable) {
    guard let gradient = gradient(of: source), target.slot != Variable.constant else { return }
    if gradients[target.slot] == nil, source.ownsSlot, target.ownsSlot {
      gradients[target.slot] = gradients[source.slot]
      gradients[source.slot] = nil
    } else if let (pointer, accumulate) = gradientTarget(of: target) {
      copy(gradient, to: pointer, count: target.count, accumulate: accumulate)
    }
  }

  /// Called when the operation that created `variable` has been reversed: its gradient is spent.
  func releaseGradient(of variable: Variable) {
    guard variable.ownsSlot, let pointer = gradients[variable.slot] else { return }
    freeGradients.append((variable.count, pointer))
    gradients[variable.slot] = nil
  }

  /// Values of a parameter.
  func value(of parameter: ParameterReference) -> UnsafePointer<Float> {
    parameters + parameter.offset
  }

  /// Where a pullback adds the gradient of a parameter.
  func gradient(of parameter: ParameterReference) -> UnsafeMutablePointer<Float> {
    parameterGradients! + parameter.offset
  }

  /// Memory of `count` floats, preferring a spent gradient of the same size: the layers of a
  /// Transformer repeat the same few sizes, so backward needs little more than one layer's worth.
  private func takeGradient(_ count: Int) -> UnsafeMutablePointer<Float> {
    if let index = freeGradients.lastIndex(where: { $0.count == count }) {
      return freeGradients.remove(at: index).pointer
    }
    return arena.allocate(count)
  }
}
