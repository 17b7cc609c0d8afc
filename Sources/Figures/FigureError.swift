// Why a figure cannot be drawn.

import Failures

public enum FigureError: SharedFailure, Equatable {
  /// The machine has no font that text could be set in.
  case noFont
  /// A page that cairo refuses, with its reason.
  case noPage(height: Int, width: Int, reason: String)

  public var kind: FailureKind { .inputOutput }

  public var description: String {
    switch self {
    case .noFont:
      "no font is installed, so figures cannot be labeled: install one (Debian: fonts-dejavu-core; "
        + "for Chinese, Japanese and Korean fonts-noto-cjk), or name a folder of fonts in a file that "
        + "FONTCONFIG_FILE points to"
    case .noPage(let height, let width, let reason):
      "a figure of \(width) × \(height) pixels cannot be drawn: \(reason)"
    }
  }
}
