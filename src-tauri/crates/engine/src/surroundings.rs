//! What the device is in, as far as its system tells. The front end tells it to the engine; whether it is right, nobody
//! knows: what could be fetched is fetched all the same.

/// The network and the power that the device has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surroundings {
    /// The system knows of a network. Where it does not, what can be reached all the same is fetched (a system can be wrong,
    /// and servers on this device or next to it need none), and what cannot be is not waited for.
    pub network: bool,
    /// The user pays by the byte.
    pub metered: bool,
    /// The battery is being discharged.
    pub battery: bool,
}

impl Default for Surroundings {
    /// A network that costs nothing, and a socket.
    fn default() -> Self {
        Self { network: true, metered: false, battery: false }
    }
}
