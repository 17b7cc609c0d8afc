import Training
import MUSIQ
import Foundation
let w = try BenchmarkWorkload(contentsOf: CommandLine.arguments[1])
let r = try StepBenchmark(workload: w, configuration: MUSIQConfiguration(outputCount: 1000)).run(workers: Int(CommandLine.arguments[2])!, repeats: 3)
print(String(data: try JSONEncoder().encode(r), encoding: .utf8)!)
