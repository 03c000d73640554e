import CECG
import CECGKernels

@c @implementation
public func ecg_abi_version() -> Int32 { ECG_ABI_VERSION }

@c @implementation
public func ecg_status_string(_ status: ecg_status) -> UnsafePointer<CChar>! { ecg_kernel_status_text(status) }

@c @implementation
public func ecg_fault_string(_ fault: Int32) -> UnsafePointer<CChar>! { ecg_kernel_fault_text(fault) }

private var version: StaticString { "0.1.0" }

@c @implementation
public func ecg_version() -> UnsafePointer<CChar>! {
  UnsafeRawPointer(version.utf8Start).assumingMemoryBound(to: CChar.self)
}

#if !hasFeature(Embedded)
  /// "major.minor.patch"
  public var libraryVersion: String { "\(version)" }
#endif
