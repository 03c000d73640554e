import CECG
import ECGCore
import ECGIdentity
import ECGModelFile
import ECGNetwork
import ECGSignal

@c @implementation
public func ecg_model_open(_ path: UnsafePointer<CChar>!, _ model: UnsafeMutablePointer<OpaquePointer?>!) -> ecg_status
{
  status { () throws(Status) in
    guard let path, let model else { throw .argument }
    let file = try Memory.map(path)
    do throws(Status) {
      let bytes = UnsafeRawBufferPointer(file)
      let memory = try Memory.take(try modelMemorySize(bytes))
      do throws(Status) {
        let handle = try makeModel(bytes, memory)
        try handle.pointee.model.file.verifyDigest()
        handle.pointee.mappedFile = file
        handle.pointee.ownMemory = memory
        model.pointee = OpaquePointer(handle)
      } catch {
        Memory.giveBack(memory)
        throw error
      }
    } catch {
      Memory.giveBack(file)
      throw error
    }
  }
}

@c @implementation
public func ecg_model_close(_ pointer: OpaquePointer!) {
  guard let handle = try? model(pointer), handle.pointee.ownMemory.count > 0 else { return }
  let file = handle.pointee.mappedFile
  let memory = handle.pointee.ownMemory
  handle.pointee.mark = 0
  Memory.giveBack(file)
  Memory.giveBack(memory)
}

@c @implementation
public func ecg_model_describe(_ pointer: OpaquePointer!, _ info: UnsafeMutablePointer<ecg_model_info>!) -> ecg_status {
  status { () throws(Status) in
    let handle = try model(pointer)
    guard let info else { throw .argument }
    let model = handle.pointee.model
    let description = ecg_model_info(
      struct_size: info.pointee.struct_size, format_version: UInt32(truncatingIfNeeded: model.file.formatVersion),
      person_count: UInt32(truncatingIfNeeded: model.personCount),
      beat_length: UInt32(truncatingIfNeeded: model.pipeline.beatLength),
      sampling_rate: model.pipeline.configuration.samplingRate,
      parameter_count: UInt64(truncatingIfNeeded: model.parameterCount),
      outlier_reference_count: UInt32(truncatingIfNeeded: model.outliers?.count ?? 0),
      outlier_threshold: model.outlierReference?.threshold ?? 0,
      embedding_length: UInt32(truncatingIfNeeded: model.network.embeddingCount),
      calibration_people: UInt32(truncatingIfNeeded: model.verification?.people ?? 0),
      false_acceptance_rate: model.verification?.promisedRate ?? 0)
    try write(description, to: info, size: info.pointee.struct_size, required: firstInfoSize)
  }
}

/// The size of `ecg_model_info` in its first version, up to `outlier_threshold`.
private var firstInfoSize: Int { 40 }

@c @implementation
public func ecg_model_label(_ pointer: OpaquePointer!, _ person: Int32) -> UnsafePointer<CChar>! {
  guard let handle = try? model(pointer), person >= 0, Int(person) < handle.pointee.model.personCount else {
    return nil
  }
  return try? handle.pointee.model.file.label(Int(person))
}

@c @implementation
public func ecg_model_size(
  _ bytes: UnsafeRawPointer!, _ byteCount: Int, _ size: UnsafeMutablePointer<Int>!
) -> ecg_status {
  status { () throws(Status) in
    guard let size else { throw .argument }
    size.pointee = try modelMemorySize(try modelBytes(bytes, byteCount))
  }
}

@c @implementation
public func ecg_model_init(
  _ bytes: UnsafeRawPointer!, _ byteCount: Int, _ memory: UnsafeMutableRawPointer!, _ memorySize: Int,
  _ model: UnsafeMutablePointer<OpaquePointer?>!
) -> ecg_status {
  status { () throws(Status) in
    guard let model, let memory, memorySize > 0 else { throw .argument }
    let handle = try makeModel(
      try modelBytes(bytes, byteCount), UnsafeMutableRawBufferPointer(start: memory, count: memorySize))
    model.pointee = OpaquePointer(handle)
  }
}

private func modelBytes(_ bytes: UnsafeRawPointer?, _ count: Int) throws(Status) -> UnsafeRawBufferPointer {
  guard let bytes, count > 0 else { throw .argument }
  guard UInt(bitPattern: bytes) % UInt(ECG_ALIGNMENT) == 0 else { throw .alignment }
  return UnsafeRawBufferPointer(start: bytes, count: count)
}

private func modelMemorySize(_ bytes: UnsafeRawBufferPointer) throws(Status) -> Int {
  var arena = Arena.measuring()
  _ = try arena.take(UInt8.self, MemoryLayout<ModelHandle>.size)
  _ = try arena.take(UInt8.self, try Model.memorySize(bytes))
  return arena.used
}

private func makeModel(
  _ bytes: UnsafeRawBufferPointer, _ memory: UnsafeMutableRawBufferPointer
) throws(Status) -> UnsafeMutablePointer<ModelHandle> {
  var arena = try Arena(memory)
  let start = try place(ModelHandle.self, &arena)
  let model = try Model(bytes, arena: &arena)
  let handle = start.bindMemory(to: ModelHandle.self, capacity: 1)
  handle.initialize(to: ModelHandle(model: model))
  return handle
}
