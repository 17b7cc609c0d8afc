// The gradients of the variables of one micro-batch.

import Kernels

/// One slot per variable: nil until a gradient reaches it and again once it is spent.
struct GradientSlots {
  private var slots: [UnsafeMutablePointer<Float>?] = []
  private var spent: [(count: Int, pointer: UnsafeMutablePointer<Float>)] = []

  mutating func removeAll() {
    slots.removeAll(keepingCapacity: true)
    spent.removeAll(keepingCapacity: true)
  }

  /// The slot of a new variable.
  mutating func append() -> Int {
    slots.append(nil)
    return slots.count - 1
  }

  /// The gradient that has reached `variable`; nil without one, and of constants.
  func gradient(of variable: Variable) -> UnsafeMutablePointer<Float>? {
    guard variable.slot != Variable.constant, let base = slots[variable.slot] else { return nil }
    return base + variable.firstRow * variable.columns
  }

  /// See `Tape.gradientTarget`. New memory comes from `arena`.
  mutating func target(of variable: Variable, in arena: Arena) -> GradientTarget? {
    guard variable.slot != Variable.constant else { return nil }
    if let known = gradient(of: variable) { return GradientTarget(known, accumulates: true) }
    precondition(variable.ownsSlot, "the first gradient of a buffer must cover all of it")
    let pointer = take(variable.count, from: arena)
    slots[variable.slot] = pointer
    return GradientTarget(pointer, accumulates: false)
  }

  /// Moves the gradient of `source` to `target` if both own their slots and that of `target` is
  /// empty.
  /// - Returns: whether it did.
  mutating func move(_ source: Variable, to target: Variable) -> Bool {
    guard slots[target.slot] == nil, source.ownsSlot, target.ownsSlot else { return false }
    slots[target.slot] = slots[source.slot]
    slots[source.slot] = nil
    return true
  }

  /// Empties the slot of `variable`; its memory serves the next gradient of the same size.
  mutating func release(_ variable: Variable) {
    guard variable.ownsSlot, let pointer = slots[variable.slot] else { return }
    spent.append((variable.count, pointer))
    slots[variable.slot] = nil
  }

  /// Memory of `count` floats, preferring a spent gradient of the same size: the layers of a
  /// Transformer repeat the same few sizes, so backward needs little more than one layer's worth.
  private mutating func take(_ count: Int, from arena: Arena) -> UnsafeMutablePointer<Float> {
    if let index = spent.lastIndex(where: { $0.count == count }) {
      return spent.remove(at: index).pointer
    }
    return arena.allocate(count)
  }
}

extension Tape {
  /// The gradient that has reached `variable`, or nil when nothing depends on it.
  public func gradient(of variable: Variable) -> UnsafePointer<Float>? {
    gradients.gradient(of: variable).map { UnsafePointer($0) }
  }

  /// Where a pullback puts its contribution to `variable`: a pointer, and whether there is
  /// something to add to. A fresh target holds garbage and must be written completely. Nil for
  /// constants.
  func gradientTarget(of variable: Variable) -> GradientTarget? {
    gradients.target(of: variable, in: arena)
  }

  /// As `gradientTarget`, but for a constant memory that nobody reads: for kernels that write the
  /// gradient of the input in the same pass as those of parameters.
  func gradientTargetOrDiscard(of variable: Variable) -> GradientTarget {
    gradientTarget(of: variable)
      ?? GradientTarget(scratch(variable.count), accumulates: false)
  }

  /// As `gradientTarget`, with zeros to add to where nothing has reached `variable` yet: for
  /// pullbacks that add piece by piece.
  func gradientSum(of variable: Variable) -> UnsafeMutablePointer<Float>? {
    guard let target = gradientTarget(of: variable) else { return nil }
    if !target.accumulates { target.pointer.update(repeating: 0, count: variable.count) }
    return target.pointer
  }

  /// Makes the gradient of `source` the first gradient of `target` without copying, if nothing has
  /// reached `target` yet; otherwise adds it. `source` must not be read afterwards.
  func moveGradient(of source: Variable, to target: Variable) {
    guard let gradient = gradient(of: source), target.slot != Variable.constant else { return }
    if gradients.move(source, to: target) { return }
    if let place = gradientTarget(of: target) { copy(gradient, to: place, count: target.count) }
  }

  /// Called when the operation that created `variable` has been reversed: its gradient is spent.
  func releaseGradient(of variable: Variable) { gradients.release(variable) }
}
