// What decides the bits of a computation besides its inputs. All ranks must have the same, or a sample's
// gradient depends on the rank that it meets.

import Failures
import Files
import Kernels
import MPI
import Tensors

/// The program, the libraries and the settings that a rank computes with.
public struct ArithmeticIdentity: Codable, Hashable, Sendable {
  /// A hash of the executable.
  public var program: String
  /// Name and version of the library of the matrix products.
  public var library: String
  /// What the library makes of this processor, see `MatrixProducts.instructionSet`.
  public var instructionSet: String
  /// A hash of the resolved configuration.
  public var configuration: String

  /// Of this process.
  /// - Parameter configuration: the resolved configuration as text.
  /// - Cost: the executable is read once per process, about 30 ms.
  public init(configuration: String) {
    program = Self.executable
    library = MatrixProducts.name
    instructionSet = MatrixProducts.instructionSet
    self.configuration = ByteHash(Array(configuration.utf8)).text
  }

  private static let executable: String = {
    var hash = ByteHash()
    do throws(FileError) {
      try RegularFile("/proc/self/exe").forEachPiece { hash.combine($0) }
    } catch {
      // Where the system does not show it, every rank has the same empty name.
      return ""
    }
    return hash.text
  }()

  /// The first part in which two identities differ, in the order of what explains the others.
  fileprivate func difference(to other: Self) -> ArithmeticDiffers.Part? {
    if program != other.program { return .program }
    if library != other.library { return .library(library, other: other.library) }
    if instructionSet != other.instructionSet {
      return .instructionSet(instructionSet, other: other.instructionSet)
    }
    return configuration == other.configuration ? nil : .configuration
  }

  /// Makes sure that all ranks have the same.
  /// - Collective. Throws: `ArithmeticDiffers` on every rank when any differs from rank 0; `MPIError`.
  public func agree(in world: Communicator) throws {
    let all = try world.gather(OfRank(identity: self, host: world.processorName))
    let first = all[0].identity
    guard let part = all.lazy.compactMap({ first.difference(to: $0.identity) }).first else {
      return
    }
    let others = all.indices.filter { first.difference(to: all[$0].identity) == part }
    throw ArithmeticDiffers(
      part: part, host: all[0].host,
      ranks: others.map { RankOnHost(rank: $0, host: all[$0].host) })
  }

  private struct OfRank: Codable {
    var identity: ArithmeticIdentity
    var host: String
  }
}

/// Ranks that would not compute the same as rank 0.
public struct ArithmeticDiffers: SharedFailure, Equatable {
  /// What they differ in, first what rank 0 has.
  public enum Part: Codable, Equatable, Sendable {
    case program
    case library(String, other: String)
    case instructionSet(String, other: String)
    case configuration
  }

  public let part: Part
  /// The machine of rank 0.
  public let host: String
  public let ranks: [RankOnHost]

  public init(part: Part, host: String, ranks: [RankOnHost]) {
    (self.part, self.host, self.ranks) = (part, host, ranks)
  }

  public var kind: FailureKind {
    if case .configuration = part { .configuration } else { .launch }
  }

  public var description: String {
    let names = ranks.prefix(8).map(\.description).joined(separator: ", ")
    let who = names + (ranks.count > 8 ? " and \(ranks.count - 8) more" : "")
    return switch part {
    case .program: "\(who): another build of the program than rank 0 on \(host)"
    case .library(let first, let other):
      "\(who): matrix products by \(other), on rank 0 on \(host) by \(first)"
    case .instructionSet(let first, let other):
      "\(who): matrix products use \(other), on rank 0 on \(host) \(first)"
    case .configuration: "\(who): another configuration than rank 0 on \(host)"
    }
  }
}

/// `wanted`, or fp32 where a processor of the job has no bfloat16 products: all ranks take the same.
/// - Parameter isSupported: whether this rank has them.
/// - Collective.
public func usablePrecision(
  _ wanted: Precision, isSupported: Bool = MatrixProducts.supportsBFloat16, world: Communicator
) throws -> Precision {
  try world.anyRank(wanted == .bf16 && !isSupported) ? .fp32 : wanted
}

/// What to say when `usablePrecision` is not the one asked for.
public let bfloat16Notice =
  "this processor, another one of the job or this build has no bfloat16 products; computing in fp32"
