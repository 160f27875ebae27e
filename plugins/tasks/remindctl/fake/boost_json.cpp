// Boost.JSON itself, compiled into this program once more without sanitizers.
#include <boost/json/src.hpp>
