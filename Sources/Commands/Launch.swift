// Start and end of a process of the job: signals, MPI, launch check; one line and one code on failure.

import Checkpoints
import Foundation
import MPI
import Watchdog

enum Launch {
  /// How long a process with an error waits for the others to have one, too.
  private static let othersWaitSeconds = 1.5

  /// Whether this process should speak before MPI has told it its rank.
  static var isFirstProcess: Bool { LauncherEnvironment.ofThisProcess.isFirstProcess }

  /// What a command on ranks does.
  enum Work {
    /// Trains: signals ask it to stop with a checkpoint; N copies of one rank are refused.
    case training
    /// Anything else: signals end it at once; one rank may be all that is wanted.
    case other
  }

  /// Runs `body` on every rank and exits with its code.
  ///
  /// An error of all ranks is told by rank 0, and they leave in good order. So they do if one rank alone
  /// has an error at the very end. Any other error of one rank is told by that rank, which ends the job
  /// through `MPI_Abort`, so that nobody waits for it.
  static func onRanks(
    _ work: Work = .other, _ body: (Communicator) throws -> Int32
  ) -> Never {
    do {
      if work == .training { try StopSignals.defer() }
      try MPIEnvironment.initialize()
      let world = try Communicator.world()
      // Where ranks meet at the end: the messages of `body` must not be in the way.
      let end = try Communicator.world()
      do {
        try check(work, world)
        let code = try body(world)
        try StandardOutput.requireWritten()
        leave(code, end)
      } catch {
        fail(error, end)
      }
    } catch {
      say("musiq-dist: error: \(words(for: error))")
      MPIEnvironment.abort(code: ExitCode.launch)
    }
  }

  /// Ends this process when it makes no progress for so long; 0: never.
  static func watch(hangSeconds: Double, _ world: Communicator) {
    Watchdog.shared.begin(
      limit: hangSeconds, name: "rank \(world.rank) (\(world.processorName))")
  }

  /// Runs `body` in this process alone, without MPI.
  static func alone(_ body: () throws -> Int32) -> Never {
    do {
      let code = try body()
      try StandardOutput.requireWritten()
      exit(code)
    } catch {
      say("musiq-dist: error: \(words(for: error))")
      exit(ExitCode.code(for: error))
    }
  }

  /// Runs `body` in the first process of a job; the others have nothing to do.
  static func byFirstProcess(_ body: () throws -> Int32) -> Never {
    guard isFirstProcess else { exit(ExitCode.success) }
    alone(body)
  }

  /// Checks something before MPI starts.
  static func checked<Result>(_ body: () throws -> Result) -> Result {
    do {
      return try body()
    } catch {
      quit("musiq-dist: error: \(words(for: error))", code: ExitCode.code(for: error))
    }
  }

  /// Ends this process before MPI starts. What is wrong for all is told once, by the first process, whose
  /// end makes mpirun end the others; a process that lives on after it is the only one with this error.
  static func quit(_ text: String, code: Int32) -> Never {
    if !isFirstProcess { Thread.sleep(forTimeInterval: othersWaitSeconds) }
    say(text)
    exit(code)
  }

  /// N copies of a training run would overwrite each other. Other work is told about it: its user may
  /// have meant one rank.
  private static func check(_ work: Work, _ world: Communicator) throws {
    do throws(LaunchError) { try LaunchCheck.verify(world) } catch {
      if work == .training { throw error }
      if case .singletons = error { say("musiq-dist: warning: \(words(for: error))") }
    }
  }

  // MARK: The end

  /// What a rank tells the others when it is at its end.
  private struct LastWords: Codable {
    /// Its error; empty for none.
    let text: String
    let code: Int32
  }

  /// Ends a rank without an error: all leave together, because mpirun kills the slower ranks of a job
  /// when one exits early with an error.
  private static func leave(_ code: Int32, _ world: Communicator) -> Never {
    if world.size > 1, (try? world.meet(withinSeconds: nil)) == true,
      let all = try? world.gather(LastWords(text: "", code: code)),
      let failed = all.first(where: { !$0.text.isEmpty })
    {
      MPIEnvironment.finalize()
      exit(failed.code)
    }
    MPIEnvironment.finalize()
    exit(code)
  }

  private static func fail(_ error: any Error, _ world: Communicator) -> Never {
    // What follows has limits of its own.
    Watchdog.shared.pause()
    let own = LastWords(text: words(for: error), code: ExitCode.code(for: error))
    guard world.size > 1 else {
      say("musiq-dist: error: \(own.text)")
      exit(own.code)
    }
    func tell() {
      say("musiq-dist: error on rank \(world.rank) (\(world.processorName)): \(own.text)")
    }
    // mpirun may end this process by SIGTERM now, and a training run would only take note of it.
    try? StopSignals.endAtOnce()
    guard canMeet(after: error), (try? world.meet(withinSeconds: othersWaitSeconds)) == true,
      let all = try? world.gather(own)
    else {
      tell()
      MPIEnvironment.abort(code: own.code)
    }
    // Each different error once; mostly there is one.
    if all.firstIndex(where: { $0.text == own.text }) == world.rank { tell() }
    MPIEnvironment.finalize()
    // Threads of what failed may still be at work: no exit handlers under their feet.
    _exit(all.first { !$0.text.isEmpty }?.code ?? own.code)
  }

  /// Whether MPI can still be used and left: not after its own errors, nor with a file half written.
  private static func canMeet(after error: any Error) -> Bool {
    !(error is MPIError) && (error as? CheckpointError)?.mustAbort != true
  }

  // MARK: Words

  /// Writes a line to standard error.
  static func say(_ text: String) { StandardError.write(text + "\n") }

  /// Writes a result to standard output. One that cannot be written ends the command with its code for
  /// output when its work is done; a closed pipe ends it quietly.
  static func output(_ text: String) {
    guard !StandardOutput.write(text + "\n"), !MPIEnvironment.isInitialized else { return }
    exit(ExitCode.success)
  }
}
