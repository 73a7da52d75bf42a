/// All messages, until each file includes those of its folders.
#pragma once

#include "actors/app/messages.hpp"
#include "actors/auth/messages.hpp"
#include "actors/broadcast/messages.hpp"
#include "actors/cluster/messages.hpp"
#include "actors/connection/messages.hpp"
#include "actors/ingress/messages.hpp"
#include "actors/monitor/messages.hpp"
#include "actors/stream/messages.hpp"
#include "actors/supervisor/messages.hpp"
