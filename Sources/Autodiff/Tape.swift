// The record of one micro-batch and its reversal.
//
// Forward: an operation computes its output in the arena and appends itself to the list. Backward:
// the list is walked from the end; each operation reads the gradient of its output and adds to the
// gradients of its inputs and parameters. There is no graph to search, because the list already is
// a topological order, and no closure, because every operation is a plain value.
//
// The rest of the tape: memory and views of variables in Tape+Variables, their gradients in
// GradientSlots, operands of products in RoundedCopies.

import Kernels

/// Reverse-mode differentiation for one worker. Not thread-safe: each worker has its own tape.
public final class Tape {
  /// Flat parameter store, shared by all workers, read only.
  public let parameters: UnsafePointer<Float>
  /// Values derived from parameters once per step (standardized kernels), at the offsets their
  /// layers know.
  public let prepared: UnsafePointer<Float>?
  /// The same rounded to bfloat16; nil: products in float32.
  let bfloat16: BFloat16Parameters?
  /// Flat gradient store that pullbacks add to; set before `backward`.
  public var parameterGradients: UnsafeMutablePointer<Float>?
  /// False for inference: nothing is recorded, and `keepingOnly` frees what a block no longer
  /// needs.
  public let isRecording: Bool
  /// Called during backward with an offset: the gradients of all parameters from there on are
  /// final.
  public var onGradientsFinal: ((_ fromOffset: Int) -> Void)?

  let arena: Arena
  var gradients = GradientSlots()
  var roundedCopies = RoundedCopies()
  /// How many calls of `temporarily` are running.
  private(set) var temporaryDepth = 0
  /// Owner of the parameter memory. Swift frees an object after its last use, which can be the
  /// moment its pointer was taken.
  private let owner: AnyObject?
  private var operations: [Operation] = []
  private var retained: [AnyObject] = []

  /// - Parameters:
  ///   - parameters: the flat store, which outlives the tape if `owner` is nil.
  ///   - prepared: what the layers prepared from it.
  ///   - bfloat16: both rounded, for products in bfloat16.
  public init(
    parameters: UnsafePointer<Float>, prepared: UnsafePointer<Float>? = nil,
    bfloat16: BFloat16Parameters? = nil, recording: Bool = true, arena: Arena = Arena(),
    owner: AnyObject? = nil
  ) {
    self.owner = owner
    self.bfloat16 = bfloat16
    self.parameters = parameters
    self.prepared = prepared
    self.isRecording = recording
    self.arena = arena
  }

  /// Forgets the micro-batch; all its variables are dead.
  public func reset() {
    operations.removeAll(keepingCapacity: true)
    gradients.removeAll()
    roundedCopies.removeAll()
    retained.removeAll(keepingCapacity: true)
    arena.reset()
  }

  // MARK: Recording

  func record(_ operation: Operation) {
    if isRecording { operations.append(operation) }
  }

  /// During backward, tells `onGradientsFinal` that parameters from `offset` on are complete once
  /// everything recorded after this point has been reversed. The caller promises that nothing
  /// recorded before it uses those parameters.
  public func markParameters(from offset: Int) { record(.milestone(offset)) }

  /// Keeps `object` alive until `reset`.
  public func retain(_ object: AnyObject) { retained.append(object) }

  // MARK: Reversal

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

  /// Values of a parameter.
  func value(of parameter: ParameterReference) -> UnsafePointer<Float> {
    parameters + parameter.offset
  }

  /// Where a pullback adds the gradient of a parameter.
  func gradient(of parameter: ParameterReference) -> UnsafeMutablePointer<Float> {
    parameterGradients! + parameter.offset
  }

  /// The same as target of products.
  func gradientMatrix(of parameter: ParameterReference) -> MutableMatrixView {
    MutableMatrixView(
      gradient(of: parameter), rows: parameter.rows, columns: parameter.columns)
  }

  // MARK: Memory

  /// Floats that live until `reset`, for statistics and workspaces of operations.
  func scratch(_ count: Int) -> UnsafeMutablePointer<Float> { arena.allocate(count) }

  /// Runs `body` with workspace that is given back when it returns.
  func withWorkspace(_ count: Int, _ body: (UnsafeMutablePointer<Float>) -> Void) {
    temporarily { body(arena.allocate(count)) }
  }

  /// Gives back what `body` allocates. Nothing in it may belong to a variable.
  func temporarily(_ body: () -> Void) {
    let mark = arena.mark
    temporaryDepth += 1
    body()
    temporaryDepth -= 1
    arena.release(to: mark)
  }

  /// Copies a small array, for example sequence offsets, to memory that lives until `reset`.
  public func keep<Element: BitwiseCopyable>(_ values: [Element]) -> UnsafePointer<Element> {
    let bytes = values.count * MemoryLayout<Element>.stride
    let memory = UnsafeMutableRawPointer(scratch((bytes + 3) / 4))
    let pointer = memory.bindMemory(to: Element.self, capacity: values.count)
    pointer.update(from: values, count: values.count)
    return UnsafePointer(pointer)
  }
}
