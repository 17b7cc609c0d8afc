// Where values of a configuration come from, and what to do about those that cannot be used.

import Configuration

extension ConfigurationNode.Origin {
  /// The place as the user wrote it.
  public var words: String {
    switch self {
    case .override(let text): "--set \(text)"
    case .builtIn, .file, .environment: description
    }
  }
}

extension ConfigurationError: Worded {
  var words: String {
    let message = text { $0.words }
    return switch self {
    case .anchor: "\(message) or use a second --config"
    default: message
    }
  }
}
