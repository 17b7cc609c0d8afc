// The words of configuration errors, apart from their structure; pinned by tests.

import Failures

extension ConfigurationNode.Origin: CustomStringConvertible {
  /// `demo.yaml:3:5`, `MUSIQ_SET`, `override a.b=1` or `built-in default`.
  public var description: String {
    switch self {
    case .builtIn: "built-in default"
    case .file(let path, let line, let column): "\(path):\(line):\(column)"
    case .environment(let name): name
    case .override(let text): "override \(text)"
    }
  }
}

extension ConfigurationProblem: CustomStringConvertible {
  /// `optimizer.beta1: expected …, got 2 (demo.yaml:3:5)`.
  public var description: String { text { "\($0)" } }

  fileprivate func text(naming place: (ConfigurationNode.Origin) -> String) -> String {
    source == .builtIn ? "\(path): \(message)" : "\(path): \(message) (\(place(source)))"
  }
}

extension ConfigurationError {
  public var kind: FailureKind { .configuration }

  /// One line; several for several problems.
  public var description: String { text { "\($0)" } }

  /// The description for users who know places by other names.
  /// - Parameter place: the name of a place.
  public func text(naming place: (ConfigurationNode.Origin) -> String) -> String {
    switch self {
    case .unreadable(let file, let reason):
      "cannot read configuration file '\(file)': \(reason)"
    case .syntax(let source, let problem):
      "\(place(source)): not valid YAML: \(problem)"
    case .anchor(let source):
      "\(place(source)): anchors and aliases (&name, *name) are not supported; repeat the value"
    case .refused(let source, let feature):
      "\(place(source)): \(feature)"
    case .unknownKey(let path, let source, let suggestion):
      "\(place(source)): unknown key '\(path)'" + Self.hint(suggestion)
    case .illTyped(let path, let source, let expected, let found, let suggestion):
      "\(place(source)): '\(path)' expects \(expected), found \(found)" + Self.hint(suggestion)
    case .malformedOverride(let source, let text, let example):
      "\(place(source)): expected key=value such as \(example), found '\(text)'"
    case .invalid(let problems):
      problems.count == 1
        ? "invalid configuration: \(problems[0].text(naming: place))"
        : "invalid configuration, \(problems.count) problems:\n"
          + problems.map { "  \($0.text(naming: place))" }.joined(separator: "\n")
    }
  }

  private static func hint(_ suggestion: String?) -> String {
    suggestion.map { "; did you mean '\($0)'?" } ?? ""
  }
}
