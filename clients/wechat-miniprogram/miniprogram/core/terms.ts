import { agree, terms } from "./service";
import { words } from "./words";

/** Show the operator's terms and ask for a yes, which the service keeps. Tells whether it was given. */
export async function agreed(): Promise<boolean> {
  const { version, url } = await terms();
  if (!version) return true;
  if (!(await asked(url ?? ""))) return false;
  await agree(version);
  return true;
}

/** A mini-program cannot open any address: it is shown, to be read elsewhere. */
function asked(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    wx.showModal({
      content: `${words().terms_ask}\n${url}`,
      confirmText: words().terms_agree,
      cancelText: words().later,
      success: ({ confirm }) => resolve(confirm),
      fail: () => resolve(false),
    });
  });
}
