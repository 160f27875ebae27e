// Boost.JSON, compiled once per plugin or program with hidden symbols, so that no other Boost meets
// ours.
#include <boost/json/src.hpp>
