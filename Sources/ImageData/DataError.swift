// What can be wrong with a data set. The wording is in DataErrorWording.swift.

import Failures

/// A data set that cannot be used.
///
/// Codable, so that rank 0 can tell the other ranks and all throw the same.
public enum DataError: SharedFailure, Equatable {
  /// Nothing is named that could be opened.
  case notGiven
  /// The folder or file cannot be opened, with the system's reason.
  case unreadable(path: String, reason: String)
  /// A folder without class folders; `hint` says what to do.
  case noClasses(root: String, hint: String)
  /// No usable image at all; `example` is the first unusable file with the reason.
  case noImages(root: String, example: String?)
  /// A manifest that cannot be understood.
  case manifest(path: String, line: Int, problem: String)
  /// A file that is none of the forms of a data set.
  case source(path: String, found: SourceKind)
  /// Something that has no rows to be divided into training and validation.
  case indivisible(path: String)
  /// Images of a held-out set that are training images, too.
  case overlap(root: String, count: Int, total: Int, examples: [String])
  /// A file that is not an index, or a damaged one.
  case index(path: String, line: Int, problem: String)
  /// An index cannot be written.
  case unwritable(path: String, reason: String)
  /// Two sets whose labels mean different things.
  case classesDiffer(root: String, other: String, detail: String)
  /// A set with classes that the model or the set it meets does not have.
  case unknownClasses(ClassMismatch)
  /// Labels that cannot be what was meant; the problem says what to do.
  case labels(source: String, problem: String)
}

/// One sample that cannot be used while training or evaluating.
public struct SampleError: SharedFailure, Equatable {
  /// The sample's id in the index.
  public var sample: Int
  /// The file.
  public var path: String
  /// Why, in words; the same on every rank and in every run.
  public var reason: String

  public init(sample: Int, path: String, reason: String) {
    self.sample = sample
    self.path = path
    self.reason = reason
  }
}

/// What became of a sample with an error.
public enum SampleTrouble: Codable, Equatable, Sendable {
  case skipped(SampleError)
  /// What could be decoded of it was used, as `data.salvage` allows.
  case salvaged(SampleError)

  public var error: SampleError {
    switch self {
    case .skipped(let error), .salvaged(let error): error
    }
  }
}

extension SampleTrouble: CustomStringConvertible {
  public var description: String {
    switch self {
    case .skipped(let error): "skipped \(error)"
    case .salvaged(let error): "used the sound part of \(error)"
    }
  }
}

/// Sees a sample that could not be used, or in part only; called from worker threads.
public typealias SampleTroubleHandler = @Sendable (SampleTrouble) -> Void
