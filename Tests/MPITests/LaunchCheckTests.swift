import MPI
import Testing

@Suite struct LaunchCheckTests {
  private func problem(_ size: Int, _ environment: [String: String]) -> LaunchError? {
    LaunchCheck.problem(size: size, LauncherEnvironment { environment[$0] })
  }

  @Test("N singletons under Slurm or a foreign mpirun are refused with the variable that tells")
  func singletons() {
    #expect(
      problem(1, ["SLURM_STEP_NUM_TASKS": "4", "SLURM_NTASKS": "4"])
        == .singletons(variable: "SLURM_STEP_NUM_TASKS", expected: 4))
    #expect(problem(1, ["PMI_SIZE": "2"]) == .singletons(variable: "PMI_SIZE", expected: 2))
  }

  @Test("one process in the room of many is told apart from N singletons")
  func notLaunched() {
    // The shell of `salloc -n 32`, and a batch script without a launcher.
    #expect(
      problem(1, ["SLURM_NTASKS": "32"]) == .notLaunched(variable: "SLURM_NTASKS", expected: 32))
    #expect(problem(2, ["SLURM_NTASKS": "32"]) == nil)
  }

  @Test("one process that was meant to be one is accepted")
  func deliberate() {
    #expect(problem(1, [:]) == nil)
    #expect(problem(1, ["OMPI_COMM_WORLD_SIZE": "1", "SLURM_NTASKS": "32"]) == nil)
    #expect(problem(1, ["SLURM_STEP_NUM_TASKS": "1", "SLURM_NTASKS": "32"]) == nil)
    #expect(problem(1, ["SLURM_NTASKS": "many"]) == nil)
    #expect(problem(32, ["SLURM_NTASKS": "32"]) == nil)
  }

  @Test("the message names the variable and the numbers")
  func wording() {
    let text = LaunchError.singletons(variable: "PMI_SIZE", expected: 32).description
    for part in ["rank 0 of 1", "PMI_SIZE=32", "32 processes were started"] {
      #expect(text.contains(part), "\(text)")
    }
  }
}
