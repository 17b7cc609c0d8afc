import MPI
import Testing

@Suite struct LauncherEnvironmentTests {
  private func environment(_ values: [String: String]) -> LauncherEnvironment {
    LauncherEnvironment { values[$0] }
  }

  @Test("the variable nearest to the process wins, whatever is no number is passed over")
  func precedence() {
    let job = environment([
      "OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "8", "SLURM_PROCID": "0",
      "SLURM_NTASKS": "1", "SLURM_JOB_ID": "17",
    ])
    #expect(job.rank == .init(variable: "OMPI_COMM_WORLD_RANK", value: 3))
    #expect(job.size == .init(variable: "OMPI_COMM_WORLD_SIZE", value: 8))
    #expect(job.reserved == .init(variable: "SLURM_NTASKS", value: 1))
    #expect(job.batchJob == .init(name: "SLURM_JOB_ID=17", restarts: 0))
    #expect(environment(["PMIX_RANK": "?", "PMI_RANK": "2"]).rank?.variable == "PMI_RANK")
  }

  @Test("the first process is that of rank 0, or one without a launcher")
  func firstProcess() {
    #expect(environment([:]).isFirstProcess)
    #expect(environment(["SLURM_PROCID": "0"]).isFirstProcess)
    #expect(!environment(["PMIX_RANK": "1"]).isFirstProcess)
    #expect(!environment(["PBS_JOBID": "1", "PMI_RANK": "5"]).isFirstProcess)
    #expect(environment([:]).size == nil && environment([:]).batchJob == nil)
  }

  @Test("the job of any batch system is known, with the number of its restarts")
  func batchJob() {
    #expect(environment(["PBS_JOBID": "9.host"]).batchJob?.name == "PBS_JOBID=9.host")
    #expect(
      environment(["SLURM_JOB_ID": "17", "SLURM_RESTART_COUNT": "2"]).batchJob
        == .init(name: "SLURM_JOB_ID=17", restarts: 2))
  }
}
