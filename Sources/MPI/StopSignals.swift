// Signals that ask a run to stop: remembered by a handler in C, polled by the training loop.

import CMPI

#if canImport(Glibc)
  import Glibc
#endif

/// SIGUSR1 (batch system: time is nearly up), SIGTERM (cancelled) and SIGINT (Ctrl-C).
///
/// A run that can save defers them: the handlers only set a flag; nothing is saved inside of a handler. A
/// second SIGTERM or SIGINT ends the process at once with code 143 or 130; SIGUSR1 may come as often as it
/// likes. Everything else leaves them as they are and ends at once.
public enum StopSignals {
  /// A set of signals; its raw value can be combined over ranks by a bitwise or.
  public struct Received: OptionSet, Sendable, Hashable, CustomStringConvertible {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    public static let userRequest = Received(rawValue: 1)
    public static let terminate = Received(rawValue: 2)
    public static let interrupt = Received(rawValue: 4)

    public var description: String {
      let names: [(Received, String)] = [
        (.userRequest, "SIGUSR1"), (.terminate, "SIGTERM"), (.interrupt, "SIGINT"),
      ]
      return names.filter { contains($0.0) }.map(\.1).joined(separator: ", ")
    }
  }

  /// From now on the signals set flags. Before `MPIEnvironment.initialize`, which keeps handlers that are
  /// there.
  /// - Throws: `MPIError` naming `sigaction` and its reason.
  public static func `defer`() throws { try require(cmpi_handle_stop_signals(1)) }

  /// From now on the signals end the process, as they do when nothing is said.
  /// - Throws: `MPIError` naming `sigaction` and its reason.
  public static func endAtOnce() throws { try require(cmpi_handle_stop_signals(0)) }

  /// Makes a file size limit (SIGXFSZ) and a closed pipe (SIGPIPE) errors of writing, not deaths.
  /// - Throws: `MPIError` naming `sigaction` and its reason.
  public static func ignoreThoseOfWriting() throws { try require(cmpi_ignore_write_signals()) }

  private static func require(_ code: CInt) throws {
    guard code == 0 else {
      throw MPIError(function: "sigaction", message: String(cString: strerror(errno)))
    }
  }

  /// The signals that arrived in this process so far.
  public static var received: Received {
    var result: Received = []
    if cmpi_received_usr1() != 0 { result.insert(.userRequest) }
    if cmpi_received_term() != 0 { result.insert(.terminate) }
    if cmpi_received_int() != 0 { result.insert(.interrupt) }
    return result
  }

  /// Forgets the signals that arrived so far.
  public static func clear() { cmpi_clear_signals() }
}
