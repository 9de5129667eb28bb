import { settle } from './fixtures';
import { RequestError } from '../../api/request';
import type { ModelVersion, Proposals } from '../../api/types';
import { RegisterForm } from '../register-form';
import type { RegistryModel } from '../registry';

const PROPOSALS: Proposals = {
  variables: [
    { variable: 'forest', class: 'RandomForestClassifier' },
    { variable: 'linear', class: 'Pipeline' }
  ],
  candidate: 'c1',
  model: 'tumours',
  models: ['tumours'],
  versions: [
    { version: '1.0.1', bump: 'patch', reason: 'only params changed' },
    { version: '1.1.0', bump: 'minor', reason: 'code changed' }
  ],
  proposed: '1.0.1',
  checks: [],
  busy: false
};

function setUp(origin = { notebook: 'a.ipynb', cell_id: 'x' }) {
  const registry = {
    proposals: jest.fn(async () => PROPOSALS),
    register: jest.fn(
      async () => ({ model: 'tumours', version: '1.0.1' }) as ModelVersion
    )
  };
  const form = new RegisterForm({
    registry: registry as unknown as RegistryModel,
    origin
  });
  return { form, registry };
}

describe('RegisterForm', () => {
  it('is complete as proposed: one click registers', async () => {
    const { form, registry } = setUp();
    expect(form.complete).toBe(false);
    await settle();
    expect(form.complete).toBe(true);
    await form.submit();
    expect(registry.register).toHaveBeenCalledWith({
      notebook: 'a.ipynb',
      variable: 'forest',
      model: 'tumours',
      version: '1.0.1'
    });
  });

  it('registers what was chosen', async () => {
    const { form, registry } = setUp();
    await settle();
    form.setVariable(1);
    form.setVersion('3.0.0', true);
    await form.submit();
    expect(registry.register).toHaveBeenCalledWith(
      expect.objectContaining({ variable: 'linear', version: '3.0.0' })
    );
  });

  it('keeps everything when it is refused, and says why', async () => {
    const { form, registry } = setUp();
    await settle();
    registry.register.mockRejectedValueOnce(
      new RequestError('already_exists', '1.0.1 exists', 409)
    );
    expect(await form.submit()).toBeNull();
    expect(form.problem?.message).toBe('1.0.1 exists');
    expect(form.registering).toBe(false);
    expect(form.name).toBe('tumours');
  });

  it('registers once, however often it is asked', async () => {
    const { form, registry } = setUp();
    await settle();
    await Promise.all([form.submit(), form.submit()]);
    expect(registry.register).toHaveBeenCalledTimes(1);
  });
});
