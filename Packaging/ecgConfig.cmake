# find_package(ecg) gives the targets ecg::ecg (libecg.so) and ecg::static (libecg.a and libm).
get_filename_component(_ecg_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET ecg::ecg)
  add_library(ecg::ecg SHARED IMPORTED)
  set_target_properties(ecg::ecg PROPERTIES
    IMPORTED_LOCATION "${_ecg_prefix}/lib/libecg.so"
    IMPORTED_NO_SONAME FALSE
    INTERFACE_INCLUDE_DIRECTORIES "${_ecg_prefix}/include")

  add_library(ecg::static STATIC IMPORTED)
  set_target_properties(ecg::static PROPERTIES
    IMPORTED_LOCATION "${_ecg_prefix}/lib/libecg.a"
    IMPORTED_LINK_INTERFACE_LANGUAGES C
    INTERFACE_INCLUDE_DIRECTORIES "${_ecg_prefix}/include"
    INTERFACE_LINK_LIBRARIES m)
endif()
unset(_ecg_prefix)
