// Signals that ask a run to stop: remembered by a handler in C, polled by the training loop.

import CMPI

#if canImport(Glibc)
  import Glibc
#endif

/// SIGUSR1 (batch system: time is nearly up), SIGTERM (cancelled) and SIGINT (Ctrl-C).
///
/// The handlers only set a flag; nothing is saved inside of a handler. A second SIGINT ends the process
/// at once with code 130. SIGXFSZ and SIGPIPE are ignored, so that a file size limit and a closed log are
/// errors, not deaths.
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

  /// Installs the handlers. Before `MPIEnvironment.initialize`, which keeps handlers that are there.
  /// - Throws: `MPIError` naming `sigaction` and its reason.
  public static func install() throws {
    guard cmpi_install_signal_handlers() == 0 else {
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
