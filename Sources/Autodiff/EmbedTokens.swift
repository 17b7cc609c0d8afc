// z₀ = [class token; patch + spatial embedding + scale embedding], per image

import Kernels

/// The tables of the token embedding; a model may do without positions or scales.
public struct TokenTables: Sendable {
  let spatial: ParameterReference?
  let scale: ParameterReference?
  let classToken: ParameterReference
  /// - Parameters: spatial `[positions, D]`; scale `[S, D]`; classToken `[1, D]`.
  public init(
    spatial: ParameterReference?, scale: ParameterReference?, classToken: ParameterReference
  ) {
    (self.spatial, self.scale, self.classToken) = (spatial, scale, classToken)
  }
}

struct EmbedTokensOperation: Differentiable {
  let patches: Variable
  let tables: TokenTables
  let indices: TokenIndices
  let y: Variable

  /// See `embedTokensBackward`.
  func pullback(yGradient: UnsafePointer<Float>, on tape: Tape) {
    let gradients = TokenGradients(
      patches: tape.gradientTargetOrDiscard(of: patches),
      spatial: tables.spatial.map { tape.gradient(of: $0) },
      scale: tables.scale.map { tape.gradient(of: $0) },
      classToken: tape.gradient(of: tables.classToken))
    embedTokensBackward(gradients, yGradient: yGradient, indices: indices, columns: y.columns)
  }
}

extension Tape {
  /// The encoder's input (patent eq. 5).
  /// - Parameter patches: `[tokens, D]`.
  /// - Returns: `[tokens + images, D]`.
  public func embedTokens(
    _ patches: Variable, tables: TokenTables, indices: TokenIndices
  ) -> Variable {
    let y = output(rows: patches.rows + indices.imageCount, columns: patches.columns)
    let vectors = TokenVectors(
      spatial: tables.spatial.map { value(of: $0) }, scale: tables.scale.map { value(of: $0) },
      classToken: value(of: tables.classToken))
    embedTokensForward(
      y: y.value, patches: patches.value, vectors: vectors, indices: indices,
      columns: patches.columns)
    record(
      .embedTokens(EmbedTokensOperation(patches: patches, tables: tables, indices: indices, y: y)))
    return y
  }
}
