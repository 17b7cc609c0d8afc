// The words that differ between programs: names of variables, examples, short forms.

/// The names that a program gives to things of its configuration.
public struct ConfigurationVocabulary: Sendable {
  /// The environment variable of overrides, `key=value` separated by `;`.
  public var environmentVariable: String
  /// What an override looks like, for messages: `optimizer.learningRate=0.001`.
  public var exampleOverride: String
  /// Usual short names of keys, in lower case without `_` and `-`: `lr` for `learningRate`.
  public var shortForms: [String: String]

  public init(
    environmentVariable: String, exampleOverride: String, shortForms: [String: String] = [:]
  ) {
    self.environmentVariable = environmentVariable
    self.exampleOverride = exampleOverride
    self.shortForms = shortForms
  }
}
