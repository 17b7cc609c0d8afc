// The words of configuration errors, apart from their structure; pinned by tests.

import Failures

extension ConfigurationNode.Origin: CustomStringConvertible {
  /// `demo.yaml:3:5`, `MUSIQ_SET`, `--set a.b=1` or `built-in default`.
  public var description: String {
    switch self {
    case .builtIn: "built-in default"
    case .file(let path, let line, let column): "\(path):\(line):\(column)"
    case .environment(let name): name
    case .override(let text): "--set \(text)"
    }
  }
}

extension ConfigurationProblem: CustomStringConvertible {
  /// `optimizer.beta1: expected …, got 2 (demo.yaml:3:5)`.
  public var description: String {
    source == .builtIn ? "\(path): \(message)" : "\(path): \(message) (\(source))"
  }
}

extension ConfigurationError {
  public var kind: FailureKind { .configuration }

  /// One line; several for several problems.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason):
      "cannot read configuration file '\(file)': \(reason)"
    case .syntax(let source, let problem):
      "\(source): not valid YAML: \(problem)"
    case .refused(let source, let feature):
      "\(source): \(feature)"
    case .unknownKey(let path, let source, let suggestion):
      "\(source): unknown key '\(path)'" + Self.hint(suggestion)
    case .illTyped(let path, let source, let expected, let found, let suggestion):
      "\(source): '\(path)' expects \(expected), found \(found)" + Self.hint(suggestion)
    case .malformedOverride(let source, let text, let example):
      "\(source): expected key=value such as \(example), found '\(text)'"
    case .invalid(let problems):
      problems.count == 1
        ? "invalid configuration: \(problems[0])"
        : "invalid configuration, \(problems.count) problems:\n"
          + problems.map { "  \($0)" }.joined(separator: "\n")
    }
  }

  private static func hint(_ suggestion: String?) -> String {
    suggestion.map { "; did you mean '\($0)'?" } ?? ""
  }
}
