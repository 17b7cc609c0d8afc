// Start and end of a process of the job: signals, MPI, launch check; one line and one code on failure.

import Checkpoints
import Files
import Foundation
import MPI
import Watchdog

enum Launch {
  /// How long a process with an error waits for the others to have one, too.
  private static let othersWaitSeconds = 1.5

  /// Whether this process should speak before MPI has told it its rank.
  static var isFirstProcess: Bool { LauncherEnvironment.ofThisProcess.isFirstProcess }

  /// Runs `body` on every rank and exits with its code.
  ///
  /// An error of all ranks is told by rank 0, and they leave in good order. An error of one rank is told
  /// by that rank, which ends the job through `MPI_Abort`, so that nobody waits for it.
  static func onRanks(_ body: (Communicator) throws -> Int32) -> Never {
    do {
      try StopSignals.install()
      try MPIEnvironment.initialize()
      let world = try Communicator.world()
      // Where ranks with an error meet: the messages of `body` must not be in the way.
      let end = try Communicator.world()
      do {
        try LaunchCheck.verify(world)
        let code = try body(world)
        MPIEnvironment.finalize()
        exit(code)
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
      exit(try body())
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

  /// What a rank that ends with an error tells the others.
  private struct LastWords: Codable {
    let text: String
    let code: Int32
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
    // mpirun may end this process by SIGTERM now, and StopSignals would only take note of it.
    signal(SIGTERM, SIG_DFL)
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
    _exit(all[0].code)
  }

  /// Whether MPI can still be used and left: not after its own errors, nor with a file half written.
  private static func canMeet(after error: any Error) -> Bool {
    !(error is MPIError) && (error as? CheckpointError)?.mustAbort != true
  }

  static func say(_ text: String) {
    try? StandardStream.error.write(text + "\n")
  }

  /// Writes a result to standard output; a closed pipe ends the program quietly.
  static func output(_ text: String) {
    do {
      try StandardStream.output.write(text + "\n")
    } catch {
      exit(ExitCode.success)
    }
  }
}
