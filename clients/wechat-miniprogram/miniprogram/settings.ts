/** Where the service is. The address must stand among the request and download domains of the
 * mini-program's console, and WeChat wants https. */
export const settings = { server: "https://fitting-room.example.com" };
