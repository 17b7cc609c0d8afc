// Start and end of a process of the job: signals, MPI, launch check; one line and one code on failure.

import Foundation
import MPI
import RunConfig
import Training

enum Launch {
  /// How long other processes leave the word to the first one.
  private static let othersWaitMicroseconds: UInt32 = 1_500_000

  /// Whether this process should speak before MPI has told it its rank.
  static var isFirstProcess: Bool {
    let environment = ProcessInfo.processInfo.environment
    let rank = ["OMPI_COMM_WORLD_RANK", "PMIX_RANK", "PMI_RANK", "SLURM_PROCID"]
      .compactMap { environment[$0] }.first
    return rank == nil || rank == "0"
  }

  /// Runs `body` on every rank and exits with its code.
  ///
  /// An error that all ranks share is told by rank 0; an error of one rank by that rank. Either way all
  /// ranks end at once through `MPI_Abort`, so that nobody waits for one that has failed.
  static func onRanks(_ body: (Communicator) throws -> Int32) -> Never {
    do {
      try StopSignals.install()
      try MPIEnvironment.initialize()
      let world = try Communicator.world()
      do {
        try LaunchCheck.verify(world)
        let code = try body(world)
        MPIEnvironment.finalize()
        exit(code)
      } catch {
        fail(error, rank: world.rank, size: world.size, host: world.processorName)
      }
    } catch {
      say("musiq-dist: error: \(error)")
      MPIEnvironment.abort(code: ExitCode.launch)
    }
  }

  /// Runs `body` in this process alone, without MPI.
  static func alone(_ body: () throws -> Int32) -> Never {
    do {
      exit(try body())
    } catch {
      say("musiq-dist: error: \(error)")
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
      quit("musiq-dist: error: \(error)", code: ExitCode.code(for: error))
    }
  }

  /// Ends this process before MPI starts. What is wrong for all is told once, by the first process, whose
  /// end makes mpirun end the others; a process that lives on after it is the only one with this error.
  static func quit(_ text: String, code: Int32) -> Never {
    if !isFirstProcess { usleep(othersWaitMicroseconds) }
    say(text)
    exit(code)
  }

  private static func fail(_ error: any Error, rank: Int, size: Int, host: String) -> Never {
    let code = ExitCode.code(for: error)
    guard size > 1 else {
      say("musiq-dist: error: \(error)")
      exit(code)
    }
    // Shared errors reach all ranks within milliseconds: leave the word to rank 0. If it does not end
    // the job, the error was this rank's own.
    if rank > 0 {
      // mpirun ends this process by SIGTERM then, and StopSignals would only take note of it.
      signal(SIGTERM, SIG_DFL)
      usleep(othersWaitMicroseconds)
    }
    say("musiq-dist: error on rank \(rank) (\(host)): \(error)")
    MPIEnvironment.abort(code: code)
  }

  static func say(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data((text + "\n").utf8))
  }

  /// Writes a result to standard output; a closed pipe ends the program quietly.
  static func output(_ text: String) {
    do {
      try FileHandle.standardOutput.write(contentsOf: Data((text + "\n").utf8))
    } catch {
      exit(ExitCode.success)
    }
  }
}
