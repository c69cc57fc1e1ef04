# The clang that the distribution has (Debian 12: 16, Debian 13: 19), for the fuzzers.
find_program(POSTERN_CLANG NAMES clang++-16 clang++-19 clang++-18 clang++-17 clang++ REQUIRED)
set(CMAKE_CXX_COMPILER ${POSTERN_CLANG})
