# find_package(ability): the target ability::fly.
include(CMakeFindDependencyMacro)
find_dependency(Threads)
find_dependency(Boost 1.81 CONFIG)
find_dependency(OpenSSL)
find_dependency(ZLIB)
find_dependency(nlohmann_json)
include("${CMAKE_CURRENT_LIST_DIR}/abilityTargets.cmake")
