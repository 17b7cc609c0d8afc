// What all workers read during a step: the parameters and what is computed from them once.

import Autodiff
import Kernels
import Tensors

/// Parameters with their prepared forms: standardized kernels and, in bfloat16, rounded copies.
///
/// `prepare` writes, everything else reads; the training step calls it before its workers start.
public final class StepParameters: @unchecked Sendable {
  public let store: ParameterStore
  private let model: MUSIQModel
  private let prepared: AlignedBuffer<Float>
  private let rounded: (parameters: AlignedBuffer<BFloat16>, prepared: AlignedBuffer<BFloat16>)?

  /// - Precondition: bf16 needs `MatrixProducts.supportsBFloat16`.
  public init(_ store: ParameterStore, model: MUSIQModel, precision: Precision = .fp32) {
    self.store = store
    self.model = model
    prepared = AlignedBuffer(count: model.preparedCount)
    rounded =
      precision == .fp32
      ? nil
      : (AlignedBuffer(count: store.buffer.count), AlignedBuffer(count: model.preparedCount))
  }

  /// Brings everything up to date with the parameters. Once per step.
  /// - Cost: in bfloat16 6 bytes per parameter; otherwise next to nothing.
  public func prepare() {
    model.prepare(from: store.buffer.pointer, into: prepared.pointer)
    guard let rounded else { return }
    round(store.buffer.pointer, into: rounded.parameters.pointer, count: store.buffer.count)
    round(prepared.pointer, into: rounded.prepared.pointer, count: prepared.count)
  }

  /// A tape that reads these parameters and keeps them alive.
  public func tape(recording: Bool = true, arena: Arena = Arena()) -> Tape {
    Tape(
      parameters: store.buffer.pointer, prepared: prepared.pointer,
      bfloat16: rounded.map {
        BFloat16Parameters(parameters: $0.parameters.pointer, prepared: $0.prepared.pointer)
      }, recording: recording, arena: arena, owner: self)
  }
}
