// What the user reads about an error: the words of the library that found it, and what to do about it.
//
// Libraries say what, where, and what was found and expected. Which option or key helps is known here,
// beside the options; one file per theme.

/// An error whose message the command line completes.
protocol Worded: Error {
  /// The whole message.
  var words: String { get }
}

/// The message of an error.
public func words(for error: any Error) -> String { (error as? any Worded)?.words ?? "\(error)" }
